import type { Arrow, Box, Drawing } from '#test/screenshots/drawing.ts';

const YOU: Box = { id: 'you', at: [0, 1], kind: 'outside' };
const GATEWAY: Box = { id: 'gateway', at: [1, 1], kind: 'proxy', note: 'istio-ingressgateway' };
const IN: Arrow = { from: 'you', to: 'gateway', kind: 'plain' };

const pod = (id: string, column: number, row: number, note?: string): Box => ({
  id,
  at: [column, row],
  kind: 'pod',
  ...(note && { note }),
});
const calls = (from: string, ...to: readonly string[]): Arrow[] => to.map((each) => ({ from, to: each }));

const CHAIN: readonly Box[] = [
  YOU,
  GATEWAY,
  pod('frontend-prod', 2, 1),
  pod('middleware-prod', 3, 0.5),
  pod('middleware-canary', 3, 1.5),
  pod('backend-prod', 4, 1),
];
const CHAIN_CALLS: readonly Arrow[] = [
  IN,
  ...calls('gateway', 'frontend-prod'),
  ...calls('frontend-prod', 'middleware-prod', 'middleware-canary'),
  ...calls('middleware-prod', 'backend-prod'),
  ...calls('middleware-canary', 'backend-prod'),
];
const OUT: Box = {
  id: 'time',
  at: [5, 1],
  kind: 'outside',
  title: 'time.jsontest.com',
  note: 'outside the mesh',
};
const TO_TIME: Arrow = { from: 'backend-prod', to: 'time', kind: 'plain' };

const sink = (id: string, column: number, note: string): Box => ({
  id,
  at: [column, 2.6],
  kind: 'sink',
  note,
});
const toSink = (from: string, to: string): Arrow => ({ from, to, kind: 'dotted' });

/** What runs in each walkthrough; `make screenshots` writes them to docs/img, and a test compares names with manifests. */
export const DRAWINGS: Readonly<Record<string, Drawing>> = {
  chain: { boxes: [...CHAIN, OUT].map(up), arrows: [...CHAIN_CALLS, TO_TIME] },
  tracing: {
    boxes: [
      ...CHAIN,
      OUT,
      sink('traces', 2, 'spans of every proxy'),
      sink('metrics', 3, 'counts of every proxy'),
      sink('logs', 4, 'lines of every proxy'),
    ].map(up),
    arrows: [
      ...CHAIN_CALLS,
      TO_TIME,
      toSink('frontend-prod', 'traces'),
      toSink('middleware-canary', 'metrics'),
      toSink('backend-prod', 'logs'),
    ],
  },
  bookinfo: {
    boxes: [
      YOU,
      GATEWAY,
      pod('productpage-v1', 2, 1),
      pod('details-v1', 3, 0),
      pod('reviews-v1', 3, 1, 'no stars'),
      pod('reviews-v2', 3, 2, 'black stars'),
      pod('reviews-v3', 3, 3, 'red stars'),
      pod('ratings-v1', 4, 2.5),
    ],
    arrows: [
      IN,
      ...calls('gateway', 'productpage-v1'),
      ...calls('productpage-v1', 'details-v1', 'reviews-v1', 'reviews-v2', 'reviews-v3'),
      ...calls('reviews-v2', 'ratings-v1'),
      ...calls('reviews-v3', 'ratings-v1'),
    ],
  },
  httpbin: {
    boxes: [
      pod('curl', 0, 0, 'single requests'),
      pod('load', 0, 1, 'many requests'),
      pod('httpbin-v1', 1.2, 0),
      pod('httpbin-v2', 1.2, 1),
    ],
    arrows: [...calls('curl', 'httpbin-v1', 'httpbin-v2'), ...calls('load', 'httpbin-v1', 'httpbin-v2')],
    without: ['plain'],
  },
  'tcp-echo': {
    boxes: [
      { ...YOU, at: [0, 0.5] },
      { ...GATEWAY, at: [1, 0.5], note: 'port 31400' },
      pod('tcp-echo-v1', 2, 0, 'says one'),
      pod('tcp-echo-v2', 2, 1, 'says two'),
    ],
    arrows: [IN, ...calls('gateway', 'tcp-echo-v1', 'tcp-echo-v2')],
  },
  userapi: {
    boxes: [
      { ...YOU, at: [0, 0.5] },
      { ...GATEWAY, at: [1, 0.5], note: 'port 3001' },
      pod('userapi-v1', 2, 0),
      pod('userapi-v2', 2, 1),
      pod('redis', 3, 0.5),
    ],
    arrows: [
      IN,
      ...calls('gateway', 'userapi-v1', 'userapi-v2'),
      ...calls('userapi-v1', 'redis'),
      ...calls('userapi-v2', 'redis'),
    ],
  },
};

/** The chain needs no row above its middle one. */
function up(box: Box): Box {
  return { ...box, at: [box.at[0], box.at[1] - 0.5] };
}

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Answer = (res: ServerResponse, req: IncomingMessage) => void;
type Part = 'details' | 'reviews' | 'ratings';

/** Plays details, reviews and ratings; what they answer can be changed at any time. */
export interface StubBackends {
  /** Makes productpage ask these. */
  readonly env: Record<string, string>;
  /** What came, in order. */
  readonly requests: { readonly part: Part; readonly url: string; readonly headers: IncomingHttpHeaders }[];
  answers: Record<Part, Answer>;
  close(): void;
}

export const json =
  (value: unknown, headers: Record<string, string> = {}): Answer =>
  (res) =>
    res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));

export const status =
  (code: number): Answer =>
  (res) =>
    res.writeHead(code).end();

/** Never answers. */
export const silence: Answer = () => {};

export const BOOK = {
  ...{ id: 0, author: 'William Shakespeare', year: 1595, type: 'paperback', pages: 200 },
  ...{ publisher: 'PublisherA', language: 'English' },
  ...{ 'ISBN-10': '1234567890', 'ISBN-13': '123-1234567890' },
};

export function reviewsWith(...ratings: object[]) {
  const rated = (index: number) => (ratings[index] ? { rating: ratings[index] } : {});
  return {
    id: '0',
    podname: 'reviews-v3-7d99fd7978-x2x7k',
    clustername: 'Kubernetes',
    reviews: [
      { reviewer: 'Reviewer1', text: 'Made me laugh on every page.', ...rated(0) },
      { reviewer: 'Reviewer2', text: 'Funny, though a bit thin on plot.', ...rated(1) },
    ],
  };
}

const WELL: Record<Part, Answer> = {
  details: json(BOOK, { 'x-pod-name': 'details-v1-6cd6d9df6b-8v4cm', 'x-service-version': 'v1' }),
  reviews: json(reviewsWith({ stars: 5, color: 'red' }, { stars: 4, color: 'red' }), {
    'x-service-version': 'v3',
  }),
  ratings: json({ id: 0, ratings: { Reviewer1: 5, Reviewer2: 4 } }),
};

export async function startStubBackends(): Promise<StubBackends> {
  const server = createServer((req, res) => {
    const part = /^\/(details|reviews|ratings)\/\d+$/.exec(req.url ?? '')?.[1] as Part | undefined;
    if (!part) return void res.writeHead(404).end();
    stubs.requests.push({ part, url: req.url ?? '', headers: req.headers });
    stubs.answers[part](res, req);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = String((server.address() as AddressInfo).port);
  const names = ['DETAILS', 'REVIEWS', 'RATINGS'];
  const stubs: StubBackends = {
    env: Object.fromEntries(
      names.flatMap((name) => [
        [`${name}_HOSTNAME`, '127.0.0.1'],
        [`${name}_SERVICE_PORT`, port],
      ]),
    ),
    requests: [],
    answers: { ...WELL },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
  return stubs;
}

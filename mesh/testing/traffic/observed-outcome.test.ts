import { describe, expect, it } from 'vitest';
import { type Outcome, verdictOf } from '#mesh/testing/outcome.ts';
import { arrivalsSince, countedSince } from '#mesh/testing/traffic/arrivals.ts';
import { receivedBy } from '#mesh/testing/traffic/echo.ts';
import { observedOutcome } from '#mesh/testing/traffic/observed-outcome.ts';
import type { Answer } from '#mesh/testing/traffic/send-request.ts';

const answer = (status: number, body = ''): Answer => ({ status, body, headers: {} });
const row = (labels: Record<string, string>, value: number) => ({
  name: 'istio_requests_total',
  labels: {
    ...{ reporter: 'source', source_workload: 'web', destination_service: 'reviews' },
    ...{ response_code: '200', response_flags: '-', destination_version: 'v1' },
    ...labels,
  },
  value,
});

describe('arrivalsSince', () => {
  const filter = { caller: 'web', hosts: ['reviews'], isDenied: false };

  it('counts what has been added for this caller and these services', () => {
    const before = [row({ destination_workload: 'a' }, 3)];
    const after = [
      row({ destination_workload: 'a' }, 5),
      row({ destination_workload: 'b', destination_version: 'unknown' }, 1),
      row({ destination_workload: 'a', source_workload: 'other' }, 9),
      row({ destination_workload: 'a', destination_service: 'ratings' }, 9),
      row({ destination_workload: 'a', reporter: 'destination' }, 9),
      row({ destination_workload: 'a', response_flags: 'UH', response_code: '503' }, 1),
      row({ destination_workload: 'unknown', response_flags: 'NC', response_code: '503' }, 1),
    ];
    expect(countedSince(before, after, filter)).toBe(5);
    expect(arrivalsSince(before, after, filter)).toEqual([
      { workload: 'a', version: 'v1', count: 2 },
      { workload: 'b', count: 1 },
    ]);
  });

  it('does not take a denied request for one that arrived', () => {
    const after = [row({ destination_workload: 'a', response_code: '403' }, 1)];
    expect(arrivalsSince([], after, { ...filter, isDenied: true })).toEqual([]);
    expect(arrivalsSince([], after, filter)).toHaveLength(1);
  });

  it('asks the other end where the caller has no sidecar', () => {
    const after = [
      row({ reporter: 'destination', source_workload: 'unknown', destination_workload: 'a' }, 1),
    ];
    expect(arrivalsSince([], after, { hosts: [], isDenied: false })).toHaveLength(1);
  });
});

describe('receivedBy', () => {
  it.each([
    [
      '{"headers":{"Host":"a:80","X-A":["1","2"]},"url":"http://a/get?q=1"}',
      '/get?q=1',
      { host: 'a:80', 'x-a': '1,2' },
    ],
    ['{"request":{"path":"/x","headers":{"host":"a"}}}', '/x', { host: 'a' }],
    ['{"workload":"w","received":{"path":"/x?y","headers":{"host":"a"}}}', '/x?y', { host: 'a' }],
  ])('reads %s', (body, path, headers) => {
    expect(receivedBy(body)).toEqual({ path, host: 'a', headers });
  });

  it.each(['', '<html>', '[]', '{"headers":1}'])('leaves %j', (body) => {
    expect(receivedBy(body)).toBeUndefined();
  });
});

describe('observedOutcome', () => {
  const explained: Outcome = {
    ...{ arrivals: [], statuses: new Map(), reasons: [], destinations: [], policies: ['a/b'] },
    refusals: [
      { kind: 'AuthorizationPolicy', names: ['a/b'], why: 'DENY b' },
      { kind: 'PeerAuthentication', names: [], why: 'STRICT refuses plain text' },
    ],
  };

  it('takes a denial for one only in the words of Envoy, and the policy from the configuration', () => {
    const denied = observedOutcome({
      answers: [answer(403, 'RBAC: access denied')],
      arrivals: [],
      explained,
    });
    expect(denied.refusals.map(({ names }) => names)).toEqual([['a/b']]);
    expect(verdictOf(denied)).toBe('denied');
    const own = observedOutcome({
      answers: [answer(403, 'not yours')],
      arrivals: [{ workload: 'a', count: 1 }],
      explained,
    });
    expect(own.refusals).toEqual([]);
    expect(verdictOf(own)).toBe('allowed');
  });

  it('tells a denial that the manifests do not explain', () => {
    const nobody = { ...explained, refusals: [] };
    const { refusals } = observedOutcome({
      answers: [answer(403, 'RBAC: access denied')],
      arrivals: [],
      explained: nobody,
    });
    expect(refusals[0]?.why).toContain('although');
  });

  it('knows a refused connection by the 503 that nobody got', () => {
    const refused = observedOutcome({
      answers: [answer(503, 'upstream connect error')],
      arrivals: [],
      explained,
    });
    expect(refused.refusals.map(({ kind }) => kind)).toEqual(['PeerAuthentication']);
    expect(refused.reasons).toEqual(['upstream connect error']);
  });

  it('counts shares and statuses, and says that no echo answered', () => {
    const answers = [answer(200), answer(200), answer(200), answer(500, '<html>')];
    const arrivals = [
      { workload: 'a', count: 3 },
      { workload: 'b', count: 1 },
    ];
    const outcome = observedOutcome({ answers, arrivals, explained });
    expect(outcome.arrivals.map(({ percent }) => percent)).toEqual([75, 25]);
    expect([...outcome.statuses]).toEqual([
      [200, 75],
      [500, 25],
    ]);
    expect(outcome).toMatchObject({ sent: 4, receivedUnknown: expect.stringContaining('no echo') });
  });
});

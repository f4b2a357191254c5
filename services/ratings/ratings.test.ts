import { expect, test } from 'vitest';
import { formatMistakes, readEnvironment } from '#platform/environment.ts';
import { startService } from '#platform/testing.ts';
import { ratingsVariables } from '#services/ratings/config.ts';
import { ratings } from '#services/ratings/service.ts';

/** Of the first 20 requests, with RAND_SEED 101. */
const FAULTS = 9;

async function ask(url: string, init: RequestInit = {}): Promise<[status: number, body: unknown]> {
  const response = await fetch(url, init);
  expect(response.headers.get('content-type')).toContain('application/json');
  return [response.status, await response.json()];
}

const post = (body: string, headers = {}): RequestInit => ({ method: 'POST', body, headers });

test('each product begins with the same ratings, and keeps those posted for it', async () => {
  const { origin } = await startService(ratings, {});
  const initial = { Reviewer1: 5, Reviewer2: 4 };
  expect(await ask(`${origin}/ratings/0`)).toEqual([200, { id: 0, ratings: initial }]);
  const posted = { Reviewer1: 1, Reviewer2: 0 };
  expect(await ask(`${origin}/ratings/3`, post(JSON.stringify(posted)))).toEqual([
    200,
    { id: 3, ratings: posted },
  ]);
  expect(await ask(`${origin}/ratings/3`)).toEqual([200, { id: 3, ratings: posted }]);
  expect(await ask(`${origin}/ratings/0`)).toEqual([200, { id: 0, ratings: initial }]);
});

test.each(['abc', '1a', '-1', '1.5', '%20', '99999999999999999', '..%2f'])('the id %j is 400', async (id) => {
  const { origin } = await startService(ratings, {});
  const mistake = [400, { error: 'please provide numeric product ID' }];
  expect(await ask(`${origin}/ratings/${id}`)).toEqual(mistake);
  expect(await ask(`${origin}/ratings/${id}`, post('{"Reviewer1": 1}'))).toEqual(mistake);
});

test.each([
  ...['', '{', 'null', '5', '[1]', '{"Reviewer1": "5"}', '{"Reviewer1": 6}', '{"Reviewer1": 2.5}'],
  ...['{"Reviewer1": -1}', '{"": 1}', '{"Reviewer1": {"stars": 1}}'],
])('the body %j is 400, and nothing is stored', async (body) => {
  const { origin } = await startService(ratings, {});
  expect(await ask(`${origin}/ratings/0`, post(body))).toEqual([
    400,
    { error: expect.stringContaining('valid ratings JSON') },
  ]);
  expect(await ask(`${origin}/ratings/0`)).toMatchObject([200, { ratings: { Reviewer1: 5 } }]);
});

test('JSON is read whatever the body is called, as curl -d calls it a form', async () => {
  const { origin } = await startService(ratings, {});
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain'])
    expect((await ask(`${origin}/ratings/0`, post('{"Reviewer1": 1}', { 'content-type': type })))[0]).toBe(
      200,
    );
});

test('an oversized body is 413, an unknown path 404, an unknown method 405, each as JSON', async () => {
  const { origin } = await startService(ratings, {});
  const error = expect.any(String);
  expect(await ask(`${origin}/ratings/0`, post('x'.repeat(20_000)))).toEqual([413, { error }]);
  expect(await ask(`${origin}/ratings`)).toEqual([404, { error }]);
  expect(await ask(`${origin}/ratings/0`, { method: 'DELETE' })).toEqual([405, { error }]);
});

test('/health, and one line of log and one count per request', async () => {
  const service = await startService(ratings, {});
  expect(await ask(`${service.origin}/health`)).toEqual([200, { status: 'Ratings is healthy' }]);
  await ask(`${service.origin}/ratings/0`);
  const metrics = await (await fetch(`${service.origin}/metrics`)).text();
  expect(metrics).toContain('http_requests_total{method="GET",route="/ratings/{id}",code="200"} 1');
  await expect.poll(() => service.log().filter(({ url }) => url === '/ratings/0')).toHaveLength(1);
});

test('v-faulty answers 503 with the reason in the log, as often as its seed has it', async () => {
  const service = await startService(ratings, { SERVICE_VERSION: 'v-faulty', RAND_SEED: '101' });
  const answers = [];
  for (let i = 0; i < 20; i++) answers.push(await ask(`${service.origin}/ratings/0`));
  const failed = answers.filter(([status]) => status === 503);
  expect(failed).toHaveLength(FAULTS);
  expect(failed[0]).toEqual([503, { error: 'Service unavailable' }]);
  expect(answers.filter(([status]) => status === 200)).toHaveLength(20 - FAULTS);
  const reason = 'unavailable on purpose (SERVICE_VERSION=v-faulty)';
  await expect.poll(() => service.log().filter(({ error }) => error === reason)).toHaveLength(FAULTS);
  expect((await ask(`${service.origin}/health`))[0]).toBe(200);
});

test('v2 whose MongoDB is not there answers 503, within DB_TIMEOUT', async () => {
  const env = { SERVICE_VERSION: 'v2', MONGO_DB_URL: 'mongodb://mongodb:27017/test', DB_TIMEOUT: '200ms' };
  const service = await startService(ratings, { ...env, HOST_MAP: 'mongodb:27017=127.0.0.1:1' });
  const [status, body] = await ask(`${service.origin}/ratings/0`);
  expect([status, body]).toEqual([
    503,
    { error: expect.stringMatching(/^(could not connect|ratings database)/) },
  ]);
});

test('mistakes in the environment are told all at once', () => {
  const result = readEnvironment(ratingsVariables, {
    SERVICE_VERSION: 'v-fualty',
    DB_TYPE: 'mongodb',
    MYSQL_DB_PORT: 'x',
  });
  expect(formatMistakes('ratings', result.ok ? [] : result.mistakes)).toBe(
    `ratings cannot start: 3 environment variables are wrong
  SERVICE_VERSION="v-fualty": must be a version without a \`v-\`, or one of v-faulty, v-delayed, v-unavailable, v-unhealthy
  DB_TYPE="mongodb": must be one of mysql
  MYSQL_DB_PORT="x": must be a whole number from 0 to 65535
`,
  );
});

test.each([
  [{ SERVICE_VERSION: 'v2' }, 'DB_TYPE'],
  [{ SERVICE_VERSION: 'v2', MONGO_DB_URL: 'mongodb:27017' }, 'MONGO_DB_URL'],
  [{ DB_TYPE: 'mysql' }, 'MYSQL_DB_HOST'],
])('%j lacks %s', (env, variable) => {
  const result = readEnvironment(ratingsVariables, env);
  expect(result).toMatchObject({ ok: false, mistakes: [{ variable }] });
});

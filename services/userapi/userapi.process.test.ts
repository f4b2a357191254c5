import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Environment } from '#platform/environment.ts';
import { type RunningService, startService } from '#platform/testing.ts';
import { userapi } from '#services/userapi/service.ts';
import { needs } from '#test/components/component.ts';
import { createRedis, type RedisServer, redis } from '#test/components/redis.ts';

const ann = { username: 'ann', firstname: 'Ann', lastname: 'Lee' };
const bob = { username: 'bob', firstname: 'Bob', lastname: 'Ray', email: 'bob@example.com' };

describe('userapi on a real Redis', { ...needs(redis), timeout: 30_000 }, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await createRedis(optionsOfManifest());
  }, 60_000);
  afterAll(() => redis.close());

  /** Each test has a database of its own, which ends as it began. */
  async function start(env: Environment = {}): Promise<RunningService> {
    const service = await startService(userapi, { REDIS_URL: redis.url, SERVICE_VERSION: 'v1', ...env });
    await ready(service);
    for (const { username } of await everyone(service)) await ask(service, 'DELETE', `/users/${username}`);
    return service;
  }

  test('GET / tells the version', async () => {
    expect(await ask(await start({ SERVICE_VERSION: 'v2' }), 'GET', '/')).toEqual([
      200,
      { name: 'userapi', version: 'v2' },
    ]);
  });

  test('a user is added, read, replaced, listed and deleted', async () => {
    const service = await start();
    const created = await call(service, 'POST', '/users', ann);
    expect([created.status, created.headers.get('location')]).toEqual([201, '/users/ann']);
    expect(await ask(service, 'GET', '/users/ann')).toEqual([200, ann]);
    const renamed = { ...ann, lastname: 'Ray' };
    expect(await ask(service, 'PUT', '/users/ann', { firstname: 'Ann', lastname: 'Ray' })).toEqual([
      200,
      renamed,
    ]);
    expect(await ask(service, 'PUT', '/users/bob', bob)).toEqual([201, bob]);
    expect(await ask(service, 'GET', '/users')).toEqual([200, { users: [renamed, bob] }]);
    expect(await ask(service, 'DELETE', '/users/ann')).toEqual([204, undefined]);
    expect(await ask(service, 'GET', '/users/ann')).toEqual([404, { error: 'there is no user ann' }]);
    expect(await ask(service, 'GET', '/users')).toEqual([200, { users: [bob] }]);
  });

  test('every write can be repeated: the same user is added once, another of that name is refused', async () => {
    const service = await start();
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(service, 'POST', '/users', ann)));
    expect(answers.map(([status]) => status).sort()).toEqual([...Array(9).fill(200), 201]);
    expect(await ask(service, 'POST', '/users', { ...ann, lastname: 'Ray' })).toEqual([
      409,
      { error: 'there is another user ann; PUT /users/ann replaces it' },
    ]);
    expect(await ask(service, 'GET', '/users/ann')).toEqual([200, ann]);
    expect(await ask(service, 'PUT', '/users/ann', ann)).toEqual([200, ann]);
    for (let i = 0; i < 2; i++) expect(await ask(service, 'DELETE', '/users/ann')).toEqual([204, undefined]);
  });

  test('users are listed in order of their names, page by page', async () => {
    const service = await start();
    const names = ['dan', 'cid', 'ann', 'eve', 'bob'];
    for (const username of names) await ask(service, 'POST', '/users', { ...ann, username });
    const pages: string[][] = [];
    let path: string | undefined = '/users?limit=2';
    while (path) {
      const [, body] = await ask(service, 'GET', path);
      const { users, next } = body as { users: { username: string }[]; next?: string };
      pages.push(users.map(({ username }) => username));
      path = next && `/users?limit=2&after=${next}`;
    }
    expect(pages).toEqual([['ann', 'bob'], ['cid', 'dan'], ['eve']]);
  });

  test.each([
    ['{', 'the body must be a user as JSON: '],
    ['', 'the body must be a user as JSON: '],
    ['[]', 'the user: must be an object such as'],
    ['{}', 'username: must be 1 to 64 lower-case letters, digits, dots, dashes and underscores'],
    [{ ...ann, username: 'Ann' }, 'username: must be'],
    [{ ...ann, username: '../x' }, 'username: must be'],
    [{ ...ann, firstname: ' ' }, 'firstname: must be a text of 1 to 100 characters, on one line'],
    [{ ...ann, lastname: 'a\nb' }, 'lastname: must be a text'],
    [{ ...ann, firstname: 5, lastname: null }, /^firstname: must be .*; lastname: must be /],
    [{ ...ann, email: 'ann' }, 'email: must be an address such as ann@example.com'],
    [{ ...ann, nick: 'a' }, '"nick": not a field of a user'],
  ])('the body %j is 400 with what is wrong, and nothing is stored', async (body, message) => {
    const service = await start();
    const error =
      typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message);
    expect(await ask(service, 'POST', '/users', body)).toEqual([400, { error }]);
    expect(await everyone(service)).toEqual([]);
  });

  test('names in paths, parameters and methods are checked as well, and large bodies refused', async () => {
    const service = await start();
    const error = expect.any(String);
    expect(await ask(service, 'GET', '/users/Ann!')).toEqual([400, { error }]);
    expect(await ask(service, 'PUT', '/users/bob', ann)).toEqual([
      400,
      { error: 'username: must be "bob", as in the path; a user keeps its name' },
    ]);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'after=%20', 'page=2'])
      expect(await ask(service, 'GET', `/users?${query}`)).toEqual([400, { error }]);
    expect(await ask(service, 'PATCH', '/users/ann', ann)).toEqual([405, { error }]);
    expect(await ask(service, 'POST', '/users', 'x'.repeat(20_000))).toEqual([413, { error }]);
    expect(await ask(service, 'GET', '/nobody')).toEqual([404, { error }]);
  });

  test('Redis goes and comes back: 503 at once, then 200, without a restart; the probes tell', async () => {
    const service = await start();
    await ask(service, 'POST', '/users', ann);
    expect(await probe(service, 'readyz')).toEqual([200, 'ready\nredis: ok\n']);
    await redis.kill();
    await vi.waitFor(async () => expect((await probe(service, 'readyz'))[0]).toBe(503), 5_000);
    const answer = await call(service, 'GET', '/users/ann');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await answer.json()).toEqual({
      error: expect.stringMatching(/^Redis is not there: .*; try again/),
    });
    // It lives: a restart would not bring Redis back.
    expect(await probe(service, 'healthz')).toEqual([200, expect.stringMatching(/^ok\nredis: Redis is not/)]);
    expect((await ask(service, 'GET', '/'))[0]).toBe(200);
    await redis.start();
    await ready(service);
    expect(await ask(service, 'GET', '/users/ann')).toEqual([200, ann]);
    const said = service.log().map(({ msg }) => msg);
    expect(said.filter((msg) => msg === 'Redis is away')).toHaveLength(1);
    expect(said.filter((msg) => msg === 'Redis answers')).toHaveLength(2);
  });

  test('a service that is started before Redis waits for nothing, and can be ended', async () => {
    await redis.kill();
    const service = await startService(userapi, { REDIS_URL: redis.url });
    expect((await ask(service, 'GET', '/users'))[0]).toBe(503);
    service.stop();
    expect(await service.ended).toBe(0);
    await redis.start();
  });

  test('a frozen Redis: every request ends in time, and when it thaws all is well', async () => {
    const service = await start({ REDIS_TIMEOUT: '300ms' });
    redis.freeze();
    onTestFinished(() => redis.thaw());
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(service, 'GET', '/users')));
    expect(answers.map(([status]) => status)).toEqual(Array(30).fill(503));
    expect(answers[0]?.[1]).toEqual({ error: expect.stringContaining('did not answer within 300 ms') });
    expect((await probe(service, 'readyz'))[0]).toBe(503);
    redis.thaw();
    await ready(service);
    expect((await ask(service, 'GET', '/users'))[0]).toBe(200);
  });

  test('Redis killed amid writes: every acknowledged one is there afterwards, and none by half', async () => {
    const service = await start();
    const acknowledged: string[] = [];
    let over = false;
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; !over; i++) {
        const username = `user-${writer}-${i}`;
        const [status] = await ask(service, 'PUT', `/users/${username}`, { ...ann, username });
        if (status === 201) acknowledged.push(username);
      }
    });
    for (const until of [200, 400, 600]) {
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(until), 10_000);
      await redis.kill();
      await redis.start();
    }
    over = true;
    await Promise.all(writers);
    await ready(service);
    const stored = (await everyone(service)).map(({ username }) => username);
    expect(acknowledged.filter((username) => !stored.includes(username))).toEqual([]);
    for (const username of stored) expect((await ask(service, 'GET', `/users/${username}`))[0]).toBe(200);
  });

  test('HOST_MAP leads to Redis, and the URL names one of its databases', async () => {
    const HOST_MAP = `redis:6379=127.0.0.1:${redis.port}`;
    const service = await start({ REDIS_URL: 'redis://redis:6379/3', HOST_MAP });
    expect((await ask(service, 'PUT', '/users/ann', ann))[0]).toBe(201);
    expect(await everyone(await start())).toEqual([]);
  });
});

test.each(['redis', 'http://redis:6379', 'redis://redis:6379/x', 'redis://', 'redis://redis?db=1'])(
  'REDIS_URL=%s is told, with what is allowed',
  async (REDIS_URL) => {
    await expect(startService(userapi, { REDIS_URL })).rejects.toThrow(
      `REDIS_URL="${REDIS_URL}": must be a URL such as redis://redis:6379`,
    );
  },
);

/** The arguments of the container in k8s/redis.yaml. */
function optionsOfManifest(): string[] {
  const text = readFileSync(new URL('../../k8s/redis.yaml', import.meta.url), 'utf8');
  const deployment = parseAllDocuments(text)
    .map((document) => document.toJS())
    .find(({ kind }) => kind === 'Deployment');
  return deployment.spec.template.spec.containers[0].args;
}

async function ready(service: RunningService): Promise<void> {
  await vi.waitFor(async () => expect((await probe(service, 'readyz'))[0]).toBe(200), 10_000);
}

async function probe({ url }: RunningService, name: string): Promise<[status: number, text: string]> {
  const response = await fetch(`${url}${name}`);
  return [response.status, await response.text()];
}

async function everyone(service: RunningService): Promise<{ username: string }[]> {
  const users: { username: string }[] = [];
  let after = '';
  do {
    const [, body] = await ask(service, 'GET', `/users?limit=1000${after}`);
    const page = body as { users: { username: string }[]; next?: string };
    users.push(...page.users);
    after = page.next === undefined ? '' : `&after=${page.next}`;
  } while (after);
  return users;
}

function call({ origin }: RunningService, method: string, path: string, body?: unknown): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${origin}${path}`, { method, ...(body !== undefined && { body: text }) });
}

async function ask(...request: Parameters<typeof call>): Promise<[status: number, body: unknown]> {
  const response = await call(...request);
  const text = await response.text();
  return [response.status, text === '' ? undefined : JSON.parse(text)];
}

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Api } from '#mesh/apiserver/api.ts';
import { draft, plainApi, type ServedApi, servePlain } from '#mesh/apiserver/testing/plain-api.ts';

const maps = '/api/v1/namespaces/default/configmaps';
let api: Api;
let served: ServedApi;

beforeEach(async () => {
  api = plainApi({ history: 4 });
  served = await servePlain(api);
});
afterEach(() => served.close());

const json = { 'content-type': 'application/json' };
const ask = (path: string, init: RequestInit = {}) => fetch(`${served.url}${path}`, init);
const post = (path: string, body: unknown) =>
  ask(path, { method: 'POST', headers: json, body: JSON.stringify(body) });
const bodyOf = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe('a resource', () => {
  it('is created, read, replaced, patched and deleted', async () => {
    expect((await post(maps, draft('a', { data: { x: '1' } }))).status).toBe(201);
    expect(await bodyOf(await ask(`${maps}/a`))).toMatchObject({ kind: 'ConfigMap', data: { x: '1' } });
    const put = await ask(`${maps}/a`, {
      method: 'PUT',
      headers: json,
      body: JSON.stringify(draft('a', { data: { x: '2' } })),
    });
    expect(await bodyOf(put)).toMatchObject({ data: { x: '2' } });
    const merged = await ask(`${maps}/a`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: '{"data":{"x":null,"y":"3"}}',
    });
    expect((await bodyOf(merged))['data']).toEqual({ y: '3' });
    const gone = await ask(`${maps}/a`, { method: 'DELETE' });
    expect(await bodyOf(gone)).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps' },
    });
    expect((await ask(`${maps}/a`)).status).toBe(404);
  });

  it('is listed in pages', async () => {
    for (const name of ['c', 'a', 'b']) await post(maps, draft(name));
    const first = await bodyOf(await ask(`${maps}?limit=2`));
    const metadata = first['metadata'] as Record<string, string>;
    expect((first['items'] as { metadata: { name: string } }[]).map((item) => item.metadata.name)).toEqual([
      'a',
      'b',
    ]);
    expect(metadata['remainingItemCount']).toBe(1);
    const second = await bodyOf(await ask(`${maps}?limit=2&continue=${metadata['continue']}`));
    expect((second['items'] as { metadata: { name: string } }[]).map((item) => item.metadata.name)).toEqual([
      'c',
    ]);
    expect((await ask(`${maps}?continue=nonsense`)).status).toBe(410);
  });

  it('is shown as a table', async () => {
    await post(maps, draft('a'));
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
    expect(await bodyOf(await ask(maps, { headers }))).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name', type: 'string', format: 'name', priority: 0 }],
      rows: [{ cells: ['a'], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } }],
    });
  });
});

describe('what is wrong', () => {
  it.each([
    ['a path that is none', 'GET', '/api/v1/namespaces/default/nothings', undefined, 404, 'NotFound'],
    ['a path that is no encoding', 'GET', '/api/v1/namespaces/%ff/configmaps', undefined, 404, 'NotFound'],
    ['two slashes', 'GET', '//', undefined, 404, 'NotFound'],
    ['no JSON', 'POST', maps, '{', 400, 'BadRequest'],
    ['no object', 'POST', maps, '[]', 400, 'BadRequest'],
    ['another kind', 'POST', maps, JSON.stringify({ ...draft('a'), kind: 'Pod' }), 400, 'BadRequest'],
    [
      'another namespace',
      'POST',
      maps,
      JSON.stringify({ ...draft('a'), metadata: { name: 'a', namespace: 'b' } }),
      400,
      'BadRequest',
    ],
    ['a method that there is not', 'PATCH', maps, '{}', 405, 'MethodNotAllowed'],
    ['a selector that is none', 'GET', `${maps}?labelSelector=a%20b`, undefined, 400, 'BadRequest'],
    [
      'a dry run of another sort',
      'POST',
      `${maps}?dryRun=Some`,
      JSON.stringify(draft('a')),
      400,
      'BadRequest',
    ],
    ['an unknown subresource', 'GET', `${maps}/a/nothing`, undefined, 404, 'NotFound'],
  ])('%s is answered with a Status', async (_, method, path, body, code, reason) => {
    const response = await ask(path, { method, headers: json, ...(body !== undefined && { body }) });
    expect(response.status).toBe(code);
    expect(await bodyOf(response)).toMatchObject({ kind: 'Status', status: 'Failure', code, reason });
  });

  it('protobuf that is none is refused with the reason, and taken well where JSON is an alternative', async () => {
    const protobuf = 'application/vnd.kubernetes.protobuf';
    const sent = await ask(maps, { method: 'POST', headers: { 'content-type': protobuf }, body: 'k8s' });
    expect(sent.status).toBe(400);
    expect((await bodyOf(sent))['message']).toContain('no object in protobuf');
    expect((await ask(maps, { headers: { accept: protobuf } })).status).toBe(406);
    expect((await ask(maps, { headers: { accept: `${protobuf},application/json` } })).status).toBe(200);
  });

  it('a body of more than 3 MiB is refused, and nothing is stored', async () => {
    const response = await post(maps, draft('a', { data: { x: 'x'.repeat(3 * 1024 * 1024) } }));
    expect(response.status).toBe(413);
    expect(api.store.list('configmaps')).toEqual([]);
  });
});

interface Seen {
  readonly type: string;
  readonly object: {
    readonly metadata?: { readonly name?: string; readonly annotations?: object };
    readonly code?: number;
  };
}

/** The first lines of a watch. */
async function watched(
  path: string,
  count: number,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<Seen[]> {
  const ending = new AbortController();
  const response = await ask(path, { signal: ending.signal });
  await meanwhile();
  const seen: Seen[] = [];
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    seen.push(...lines.map((line) => JSON.parse(line) as Seen));
    if (seen.length >= count) break;
  }
  ending.abort();
  return seen;
}

const summary = (seen: readonly Seen[]) => seen.map(({ type, object }) => `${type} ${object.metadata?.name}`);

describe('a watch', () => {
  it('shows what is there, says so, and follows', async () => {
    await post(maps, draft('a'));
    const seen = await watched(
      `${maps}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true`,
      4,
      async () => {
        await post(maps, draft('b'));
        await ask(`${maps}/a`, { method: 'DELETE' });
      },
    );
    expect(summary(seen)).toEqual(['ADDED a', 'BOOKMARK undefined', 'ADDED b', 'DELETED a']);
    expect(seen[1]?.object.metadata?.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  });

  it('goes on after the version that the client knows', async () => {
    await post(maps, draft('a'));
    const { resourceVersion } = (await bodyOf(await ask(maps)))['metadata'] as Record<string, string>;
    await post(maps, draft('b'));
    const seen = await watched(`${maps}?watch=1&resourceVersion=${resourceVersion}`, 2, () =>
      post(maps, draft('c')),
    );
    expect(summary(seen)).toEqual(['ADDED b', 'ADDED c']);
  });

  it('says that a version is too old', async () => {
    for (let index = 0; index < 12; index += 1) await post(maps, draft(`m${index}`));
    const seen = await watched(`${maps}?watch=1&resourceVersion=2`, 1);
    expect(seen[0]).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('adds what begins to be selected, and deletes what ceases to be', async () => {
    const labelled = (labels: object) => ({ ...draft('a'), metadata: { name: 'a', labels } });
    await post(maps, labelled({ app: 'no' }));
    const put = (labels: object) =>
      ask(`${maps}/a`, { method: 'PUT', headers: json, body: JSON.stringify(labelled(labels)) });
    const seen = await watched(`${maps}?watch=1&labelSelector=app%3Dyes`, 2, async () => {
      await put({ app: 'yes' });
      await put({ app: 'no' });
    });
    expect(summary(seen)).toEqual(['ADDED a', 'DELETED a']);
  });
});

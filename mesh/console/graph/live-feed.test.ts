import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { LiveFeed } from '#mesh/console/graph/live-feed.ts';

let looks = 0;
let isChanged = false;
const graph = {
  get isChanged() {
    return isChanged;
  },
  look: async () => {
    looks += 1;
  },
  state: () => {
    isChanged = false;
    return { at: looks, nodes: [], edges: [] };
  },
};
const bugs: unknown[] = [];
let change = 1;
const feed = new LiveFeed({ graph, others: { changes: () => [change] }, onBug: (error) => bugs.push(error) });
const server = createServer((_request, response) => feed.join(response));

afterEach(() => {
  feed.stop();
  server.close();
  server.closeAllConnections();
});

it('asks the Envoys only while somebody looks, and tells a change at once', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  expect([looks, feed.isWatched]).toEqual([0, false]);
  const leave = new AbortController();
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}`, { signal: leave.signal });
  let text = '';
  const reading = (async () => {
    for await (const piece of response.body ?? []) text += Buffer.from(piece).toString();
  })().catch(() => undefined);
  await vi.waitFor(() => expect(text).toContain('event: changes\ndata: [1]\n\n'));
  expect(looks).toBe(1);
  change = 2;
  isChanged = true;
  await vi.waitFor(() => expect(text).toContain('data: [2]'));
  // The change was told without asking anybody.
  expect(looks).toBe(1);
  leave.abort();
  await reading;
  await vi.waitFor(() => expect(feed.isWatched).toBe(false));
  const asked = looks;
  isChanged = true;
  await vi.waitFor(() => expect(text.match(/event: changes/g)).toHaveLength(2));
  expect(looks).toBe(asked);
  expect(bugs).toEqual([]);
});

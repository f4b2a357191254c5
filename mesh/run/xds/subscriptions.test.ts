import { beforeEach, expect, test } from 'vitest';
import type { Response } from '#mesh/envoy/xds/responses.ts';
import { Subscriptions } from '#mesh/run/xds/subscriptions.ts';

let subscriptions: Subscriptions;
const forever = new AbortController().signal;

beforeEach(() => {
  subscriptions = new Subscriptions();
});

test('a question waits for its first answer', async () => {
  const asked = ask('listeners', '');
  subscriptions.offer({ clusters: offered('9'), listeners: offered('1') });
  expect(await asked).toBe('1');
});

test('who has the newest version waits for the next one', async () => {
  subscriptions.offer({ 'routes/a': offered('1') });
  await ask('routes/a', '');
  const next = ask('routes/a', '1');
  subscriptions.offer({ 'routes/b': offered('2') });
  subscriptions.offer({ 'routes/a': offered('3') });
  expect(await next).toBe('3');
});

test('a version that came while the Envoy was busy is given at once', async () => {
  subscriptions.offer({ clusters: offered('1') });
  await ask('clusters', '');
  subscriptions.offer({ clusters: offered('2') });
  expect(await ask('clusters', '1')).toBe('2');
});

test('a version that was refused makes room for the next one', async () => {
  await refuse('clusters');
  const asked = ask('clusters', '1');
  subscriptions.offer({ clusters: offered('3') });
  expect(await asked).toBe('3');
});

test('a version that was refused is offered again after a while', async () => {
  await refuse('clusters');
  const start = performance.now();
  expect(await ask('clusters', '1')).toBe('2');
  expect(performance.now() - start).toBeGreaterThan(900);
});

test('an Envoy that has started again gets what the one before it had', async () => {
  await refuse('clusters');
  subscriptions.forget();
  const asked = ask('clusters', '');
  subscriptions.offer({ clusters: offered('3') });
  expect(await asked).toBe('2');
});

test('a subscription that is made again, after it was acknowledged, is answered at once', async () => {
  subscriptions.offer({ 'secrets/default': offered('1') });
  await ask('secrets/default', '');
  const acknowledged = new AbortController();
  const held = subscriptions.next({ name: 'secrets/default', version: '1', signal: acknowledged.signal });
  acknowledged.abort();
  await expect(held).rejects.toThrow('aborted');
  const again = ask('secrets/default', '');
  subscriptions.offer({ 'secrets/default': offered('2') });
  expect(await again).toBe('1');
});

test('what has been withdrawn is not given', async () => {
  subscriptions.offer({ 'routes/a': offered('1') });
  subscriptions.withdraw(['routes/a']);
  const asked = ask('routes/a', '');
  subscriptions.offer({ 'routes/a': offered('2') });
  expect(await asked).toBe('2');
});

/** An Envoy with version 1 is given version 2, and does not take it over. */
async function refuse(name: string): Promise<void> {
  subscriptions.offer({ [name]: offered('1') });
  await ask(name, '');
  const next = ask(name, '1');
  subscriptions.offer({ [name]: offered('2') });
  await next;
}

function offered(version: string): Response {
  return { version_info: version, resources: [] };
}

async function ask(name: string, version: string): Promise<string> {
  return (await subscriptions.next({ name, version, signal: forever })).version_info;
}

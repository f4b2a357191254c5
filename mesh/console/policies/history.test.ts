import { describe, expect, it } from 'vitest';
import { kindsApi } from '#mesh/apiserver/testing/kinds-api.ts';
import { PolicyHistory } from '#mesh/console/policies/history.ts';
import { findObject, lineOf, listObjects, sourceOf } from '#mesh/console/policies/objects.ts';

const name = { kind: 'VirtualService', namespace: 'default', name: 'shop' };

function manifest(host: string): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop, namespace: default}
spec: {hosts: [shop], http: [{route: [{destination: {host: ${host}}}]}]}`;
}

async function changedTwice() {
  const { api, create, replace } = kindsApi();
  const history = new PolicyHistory(api);
  await create(manifest('one'));
  await replace(manifest('two'));
  const hostNow = () => /host: (\w+)/.exec(sourceOf(findObject(api, name)))?.[1];
  return { api, create, history, hostNow };
}

describe('the history of policies', () => {
  it('keeps what they were before and after each change', async () => {
    const { history } = await changedTwice();
    expect(history.changes.map(({ action }) => action)).toEqual(['created', 'changed']);
    const { before, after } = history.sources(history.changes[1]?.id ?? 0);
    expect([before, after]).toEqual([
      expect.stringContaining('host: one'),
      expect.stringContaining('host: two'),
    ]);
  });

  it('does not tell of what rules no traffic', async () => {
    const { history, create } = await changedTwice();
    await create('{apiVersion: v1, kind: ConfigMap, metadata: {name: notes}}');
    expect(history.changes).toHaveLength(2);
  });

  it('takes back a change, a creation and a deletion, each as a change of its own', async () => {
    const { api, history, hostNow } = await changedTwice();
    const [created, changed] = history.changes.map(({ id }) => id);
    await history.undo(changed ?? 0);
    expect(hostNow()).toBe('one');
    await history.undo(created ?? 0);
    expect(() => findObject(api, name)).toThrow('VirtualService default/shop is gone');
    await history.undo(history.changes.at(-1)?.id ?? 0);
    expect(hostNow()).toBe('one');
    expect(history.changes.map(({ action }) => action)).toEqual([
      ...['created', 'changed', 'changed', 'deleted', 'created'],
    ]);
  });
});

describe('the source of an object', () => {
  it('is what somebody would write, and knows the line of each field', async () => {
    const { api } = await changedTwice();
    const source = sourceOf(findObject(api, name));
    expect(source).toBe(`apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shop
  namespace: default
spec:
  hosts:
    - shop
  http:
    - route:
        - destination:
            host: two
`);
    expect(lineOf(source, 'spec.http[0].route[0].destination.host')).toBe(12);
  });

  it('is listed with whom it is about; Secrets are not shown', async () => {
    const { api, create } = await changedTwice();
    await create('{apiVersion: v1, kind: Secret, metadata: {name: key}}');
    expect(listObjects(api)).toEqual([{ ...name, policy: true, about: 'shop' }]);
    expect(() => findObject(api, { kind: 'Secret', namespace: 'default', name: 'key' })).toThrow(
      'shows no objects',
    );
  });
});

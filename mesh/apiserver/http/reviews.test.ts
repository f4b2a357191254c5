import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SpecialApi, serveSpecial } from '#mesh/apiserver/testing/special-api.ts';

let server: SpecialApi['server'];
let ask: SpecialApi['ask'];
let close: SpecialApi['close'];

beforeEach(async () => {
  ({ server, ask, close } = await serveSpecial());
});
afterEach(() => close());

describe('a review', () => {
  const review = async (
    attributes: object,
    headers: Record<string, string> = {},
    kind = 'SelfSubjectAccessReview',
  ) => {
    const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`;
    const spec = { resourceAttributes: { namespace: 'default', ...attributes } };
    const { code, body } = await ask(
      'POST',
      path,
      { apiVersion: 'authorization.k8s.io/v1', kind, spec },
      headers,
    );
    expect(code).toBe(201);
    return body.status as { allowed: boolean; reason?: string };
  };

  const letReadPods = async () => {
    await server.create(
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader}\nrules: [{apiGroups: [""], resources: [pods, pods/log], verbs: [get, list]}]',
    );
    await server.create(
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: readers}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}\nsubjects: [{kind: User, name: jane}, {kind: ServiceAccount, name: app}]',
    );
  };

  it('says what roles allow to whom', async () => {
    await letReadPods();
    const jane = { 'impersonate-user': 'jane' };
    const app = { 'impersonate-user': 'system:serviceaccount:default:app' };
    expect(await review({ verb: 'list', resource: 'pods' }, jane)).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "readers/default" of Role "reader" to User "jane"',
    });
    expect((await review({ verb: 'get', resource: 'pods', subresource: 'log' }, app)).allowed).toBe(true);
    expect(await review({ verb: 'delete', resource: 'pods' }, jane)).toEqual({ allowed: false });
    expect(await review({ verb: 'list', resource: 'pods', namespace: 'other' }, jane)).toEqual({
      allowed: false,
    });
    expect(await review({ verb: 'list', resource: 'pods' }, { 'impersonate-user': 'joe' })).toEqual({
      allowed: false,
    });
  });

  it('allows everything to the masters', async () => {
    const root = { 'impersonate-user': 'root', 'impersonate-group': 'system:masters' };
    expect(await review({ verb: 'delete', resource: 'nodes' }, root)).toEqual({ allowed: true });
  });

  it('lets somebody for whom a request speaks do what the roles allow', async () => {
    await letReadPods();
    const jane = { 'impersonate-user': 'jane' };
    expect((await ask('GET', '/api/v1/namespaces/default/pods', undefined, jane)).code).toBe(200);
    const { code, body } = await ask('DELETE', '/api/v1/namespaces/default/pods/web', undefined, jane);
    expect([code, body.message]).toEqual([
      403,
      'pods "web" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "default"',
    ]);
    const watch = await ask('GET', '/apis/apps/v1/deployments?watch=true', undefined, jane);
    expect(watch.body.message).toBe(
      'deployments.apps is forbidden: User "jane" cannot watch resource "deployments" in API group "apps" at the cluster scope',
    );
  });

  it('refuses an impersonation of nobody', async () => {
    const { code } = await ask('GET', '/api/v1/pods', undefined, { 'impersonate-group': 'system:masters' });
    expect(code).toBe(500);
  });

  it('tells who asks', async () => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { body: answer } = await ask('POST', path, body, { 'impersonate-user': 'jane' });
    expect(answer.status).toEqual({ userInfo: { username: 'jane', groups: ['system:authenticated'] } });
    const more = {
      'impersonate-user': 'system:serviceaccount:default:app',
      'impersonate-uid': '7',
      'impersonate-extra-example.com%2freason': 'trial',
    };
    const { body: whole } = await ask('POST', path, body, more);
    expect(whole.status).toEqual({
      userInfo: {
        username: 'system:serviceaccount:default:app',
        uid: '7',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
        extra: { 'example.com/reason': ['trial'] },
      },
    });
  });

  it('is not read', async () => {
    expect((await ask('GET', '/apis/authentication.k8s.io/v1/selfsubjectreviews')).code).toBe(405);
  });
});

describe("a service account's token", () => {
  const path = '/api/v1/namespaces/default/serviceaccounts/app/token';
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: ['shop'] },
  };
  const check = async (token: string, audiences: readonly string[]) => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } };
    return (await ask('POST', '/apis/authentication.k8s.io/v1/tokenreviews', body)).body.status;
  };

  it('is made for an account that exists, and known again', async () => {
    expect((await ask('POST', path, request)).code).toBe(404);
    await server.create('apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: app}');
    const { code, body } = await ask('POST', path, request);
    expect(code).toBe(201);
    expect(await check(body.status.token, ['shop'])).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:app' },
    });
    expect(await check(body.status.token, ['other'])).toMatchObject({ authenticated: false });
    const [header, payload] = body.status.token.split('.');
    expect(await check(`${header}.${payload}.AAAA`, ['shop'])).toMatchObject({ authenticated: false });
    expect(await check('nonsense', ['shop'])).toMatchObject({ authenticated: false });
  });
});

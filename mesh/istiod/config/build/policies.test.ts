import { expect, it } from 'vitest';
import { policiesOf } from '#mesh/istiod/config/build/policies.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';

/** A policy for everybody in its scope, in one line. */
const policy = (name: string, { namespace = 'shop', kind = 'AuthorizationPolicy', spec = '' } = {}) =>
  `{apiVersion: security.istio.io/v1, kind: ${kind}, metadata: {name: ${name}, namespace: ${namespace}}, spec: {${spec}}}`;

function policiesFor(...lines: string[]) {
  return policiesOf({ namespace: 'shop', labels: { app: 'web', version: 'v1' } }, resourcesOf(lines));
}

function resourcesOf(lines: readonly string[]) {
  const { documents } = loadManifest({ file: 'policies.yaml', text: lines.join('\n---\n') });
  return parseResources(documents, { namespace: 'default' }).resources;
}

it('holds for a workload: policies of its namespace and of the root namespace whose labels it has', () => {
  const { authorization } = policiesFor(
    policy('own'),
    policy('root', { namespace: 'istio-system' }),
    policy('root-selected', { namespace: 'istio-system', spec: 'selector: {matchLabels: {app: web}}' }),
    policy('selected', { spec: 'selector: {matchLabels: {app: web, version: v1}}' }),
    policy('other-labels', { spec: 'selector: {matchLabels: {app: web, version: v2}}' }),
    policy('other-namespace', { namespace: 'other' }),
    policy('waypoint', { spec: 'targetRefs: [{kind: Service, name: web}]' }),
    policy('custom', { spec: 'action: CUSTOM, provider: {name: opa}' }),
  );
  expect(authorization.map(({ name }) => name)).toEqual(['own', 'root', 'root-selected', 'selected']);
});

it('holds for the Gateway that a target names, in its own namespace', () => {
  const target = (name: string, group = 'gateway.networking.k8s.io') =>
    `{kind: Gateway, group: ${group}, name: ${name}}`;
  const resources = resourcesOf([
    policy('named', { spec: `targetRefs: [${target('other')}, ${target('web')}]` }),
    policy('in-the-older-field', { spec: `targetRef: ${target('web')}` }),
    policy('everybody'),
    policy('of-another', { spec: `targetRefs: [${target('other')}]` }),
    policy('of-istio', { spec: `targetRefs: [${target('web', 'networking.istio.io')}]` }),
    policy('root', { namespace: 'istio-system', spec: `targetRefs: [${target('web')}]` }),
  ]);
  const labels = { 'gateway.networking.k8s.io/gateway-name': 'web' };
  const { authorization } = policiesOf({ namespace: 'shop', labels }, resources);
  expect(authorization.map(({ name }) => name)).toEqual(['named', 'in-the-older-field', 'everybody']);
});

it('adds `when` to each alternative, and qualifies accounts by the namespace of the policy', () => {
  const rule =
    '{from: [{source: {serviceAccounts: [a, other/b]}}, {source: {namespaces: [x]}}], when: [{key: "request.headers[x-a]", values: [z]}, {key: destination.port, notValues: ["80"]}]}';
  const { authorization } = policiesFor(policy('own', { spec: `rules: [${rule}]` }));
  const header = { of: 'header', name: 'x-a', values: ['z'], notValues: [] };
  expect(authorization[0]?.rules[0]).toMatchObject({
    callers: [
      [{ of: 'service-account', values: ['shop/a', 'other/b'] }, header],
      [{ of: 'namespace', values: ['x'] }, header],
    ],
    operations: [[{ of: 'port', values: [], notValues: ['80'] }]],
    position: { file: 'policies.yaml', line: 1 },
  });
});

it('collects the issuers of all request authentications, sorted', () => {
  const issuer = (name: string) => `jwtRules: [{issuer: ${name}, jwksUri: "https://example.com/keys"}]`;
  const kind = 'RequestAuthentication';
  const { tokens } = policiesFor(
    policy('b', { kind, spec: issuer('b') }),
    policy('a', { kind, spec: issuer('a'), namespace: 'istio-system' }),
  );
  expect(tokens.map(({ issuer: name }) => name)).toEqual(['a', 'b']);
  expect(tokens[0]).toMatchObject({
    keys: { uri: 'https://example.com/keys', timeout: 5000 },
    forward: false,
  });
});

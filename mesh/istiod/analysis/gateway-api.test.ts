import { expect, it } from 'vitest';
import { formatDiagnostic } from '#mesh/diagnostic.ts';
import { analyzeGatewayApi } from '#mesh/istiod/analysis/gateway-api.ts';
import { gatewayApiOf } from '#mesh/istiod/config/gateway-api/from-files.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';

const GIVEN = `
apiVersion: v1
kind: Namespace
metadata: {name: other}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: far, namespace: other}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: shop}
spec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}]}
`;

/** What is said of one more object, each in one line with the line of the object. */
function said(...objects: readonly string[]): readonly string[] {
  const versioned = (one: string) =>
    one.startsWith('apiVersion') ? one : `apiVersion: gateway.networking.k8s.io/v1\n${one}`;
  const text = objects.map(versioned).join('\n---\n');
  const { documents } = loadManifests([
    { file: 'given.yaml', text: GIVEN },
    { file: 'new.yaml', text },
  ]);
  const parsed = parseResources(documents, { namespace: 'default' });
  expect(parsed.diagnostics).toEqual([]);
  return analyzeGatewayApi(gatewayApiOf(parsed), parsed.resources).map((one) =>
    formatDiagnostic(one).replace('\n ', ';'),
  );
}

const gateway = (spec: string) => `kind: Gateway\nmetadata: {name: new}\nspec: ${spec}`;
const route = (spec: string, name = 'new') => `kind: HTTPRoute\nmetadata: {name: ${name}}\nspec: ${spec}`;
const listener = '{name: http, port: 80, protocol: HTTP}';

it.each([
  ['{parentRefs: [{name: shop}], rules: [{backendRefs: [{name: web, port: 80}]}]}', []],
  [
    '{parentRefs: [{name: shp}], rules: [{backendRefs: [{name: web, port: 80}]}]}',
    [
      'new.yaml:4: warning NoMatchingParent: HTTPRoute default/new has the parent Gateway default/shp, and there is none of this name; fix: did you mean `shop`?',
    ],
  ],
  [
    '{parentRefs: [{name: shop, sectionName: https}]}',
    ['new.yaml:4: warning NoMatchingParent: the Gateway has no listener of this name and port'],
  ],
  [
    '{parentRefs: [{name: shop}], hostnames: [shop.example.org]}',
    ['new.yaml:4: warning NoMatchingListenerHostname: the route and the listeners have no host in common'],
  ],
  [
    '{parentRefs: [{group: "", kind: Service, name: web, port: 81}]}',
    ['new.yaml:4: warning NoMatchingParent: Service default/web has no port 81'],
  ],
  [
    '{parentRefs: [{name: shop}], rules: [{backendRefs: [{name: wbe, port: 80}, {name: web, port: 8080}]}]}',
    [
      'new.yaml:4: warning BackendNotFound: there is no Service default/wbe; its share of the requests is answered with 500',
      'new.yaml:4: warning BackendNotFound: Service default/web has no port 8080; its share of the requests is answered with 500',
    ],
  ],
  [
    '{parentRefs: [{name: shop}], rules: [{backendRefs: [{name: far, namespace: other, port: 80}]}]}',
    [
      'new.yaml:4: warning RefNotPermitted: no ReferenceGrant in namespace other lets HTTPRoutes of default use Service far; its share of the requests is answered with 500',
    ],
  ],
  [
    '{parentRefs: [{name: shop}], rules: [{matches: [{path: {type: RegularExpression, value: /a(?=b)}}]}]}',
    [
      'new.yaml:4: warning UnsupportedValue: `/a(?=b)` is no regular expression of RE2: invalid or unsupported Perl syntax: `(?=`; rule 1 gets no requests',
    ],
  ],
  [
    '{parentRefs: [{kind: ListenerSet, name: team}]}',
    [
      'new.yaml:4: warning NoMatchingParent: HTTPRoute default/new has the parent ListenerSet default/team, and there is none of this name; fix: apply the ListenerSet first or together with it',
    ],
  ],
])('a route %s', (spec, problems) => {
  expect(said(route(spec))).toEqual(problems);
});

it.each([
  [
    `{gatewayClassName: isto, listeners: [${listener}]}`,
    ['new.yaml:4: warning UnknownClass: there is no GatewayClass isto; fix: did you mean `istio`?'],
  ],
  [
    `{gatewayClassName: istio-waypoint, listeners: [${listener}]}`,
    [
      'new.yaml:4: warning M101-unsupported-kind: Gateways of the class istio-waypoint are not carried out on the laptop; fix: use `istio`',
    ],
  ],
  [
    '{gatewayClassName: istio, listeners: [{name: a, port: 80, protocol: HTTP, hostname: a.example}, {name: b, port: 80, protocol: TCP}]}',
    [
      'new.yaml:4: warning ProtocolConflict: listener a: another listener of port 80 has another protocol',
      'new.yaml:4: warning ProtocolConflict: listener b: another listener of port 80 has another protocol',
    ],
  ],
  [
    '{gatewayClassName: istio, listeners: [{name: dns, port: 53, protocol: UDP}]}',
    [
      'new.yaml:4: warning UnsupportedProtocol: listener dns: a listener speaks HTTP, HTTPS, TLS, TCP, not UDP',
    ],
  ],
  [
    '{gatewayClassName: istio, listeners: [{name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert, namespace: other}]}}]}',
    [
      'new.yaml:4: warning RefNotPermitted: listener tls: no ReferenceGrant in namespace other lets Gateways of default use Secret cert',
    ],
  ],
])('a Gateway %s', (spec, problems) => {
  expect(said(gateway(spec))).toEqual(problems);
});

it('tells which of two routes in conflict gets no request', () => {
  const rule = 'rules: [{matches: [{path: {value: /a}}], backendRefs: [{name: web, port: 80}]}]';
  const host = (name: string) => `{parentRefs: [{name: shop}], hostnames: [${name}.example.com], ${rule}}`;
  expect(said(route(host('a'), 'first'), route(host('b'), 'second'))).toEqual([]);
  expect(said(route(host('a'), 'first'), route(host('a'), 'second'))).toEqual([
    'new.yaml:9: warning M101-route-conflict: rule 1 matches what rule 1 of HTTPRoute default/first matches, which is older and gets these requests; fix: give one of them another match, or other hostnames',
  ]);
});

it('tells where a VirtualService and an HTTPRoute route one host', () => {
  const byService = route('{parentRefs: [{group: "", kind: Service, name: web, port: 80}]}');
  const virtual = (gateways: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec: {hosts: [web], gateways: ${gateways}, http: [{route: [{destination: {host: web}}]}]}`;
  expect(said(byService, virtual('[edge]'))).toEqual([]);
  expect(said(byService, virtual('[]'))).toEqual([
    'new.yaml:9: warning M101-route-conflict: host `web` is routed by HTTPRoute default/new, too: rules of both kinds do not mix, and on the laptop the HTTPRoute decides; fix: delete one of them',
  ]);
});

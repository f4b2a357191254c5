import { expect, test } from 'vitest';
import { buildMesh } from '#mesh/istiod/config/build.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import { place } from '#mesh/testing/place.ts';

const server = (number: number, more = '') =>
  `{port: {number: ${number}, name: p${number}, protocol: HTTP}, hosts: ["*"]${more}}`;

const gateway = (name: string, ...servers: string[]) => `---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: ${name}}
spec: {selector: {istio: ingressgateway}, servers: [${servers.join(', ')}]}
`;

const rules = (name: string, rule: string) => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec: {hosts: ["*"], gateways: [${name}], http: [{${rule}, route: [{destination: {host: web}}]}]}
`;

function gatewayOf(text: string, ports: Readonly<Record<number, number>>) {
  const { documents } = loadManifest({ file: 'gateways.yaml', text });
  const { resources } = parseResources(documents, { namespace: 'default' });
  const input = place(resources);
  const mesh = buildMesh({ ...input, gateways: input.gateways.map((one) => ({ ...one, ports })) });
  return mesh.gateways.flatMap(({ servers }) => servers);
}

const paths = (text: string) =>
  gatewayOf(text, { 80: 28_080 }).map(({ port, localPort, virtualHosts }) => ({
    ...{ port, localPort },
    prefixes: virtualHosts.flatMap(({ routes }) => routes.map(({ match }) => match.uri)),
  }));

test("the gateway's Service port and its pod's are one listener, whatever Gateways call it", () => {
  const [one, two] = [
    rules('one', 'match: [{uri: {prefix: /one}}]'),
    rules('two', 'match: [{uri: {prefix: /two}}]'),
  ];
  const merged = [{ port: 80, localPort: 28_080, prefixes: [{ prefix: '/one' }, { prefix: '/two' }] }];
  for (const [first, second] of [
    [80, 8080],
    [8080, 80],
    [8080, 8080],
  ] as const)
    expect(paths(gateway('one', server(first)) + gateway('two', server(second)) + one + two)).toEqual(merged);
});

test('a rule for a port means the number that its Gateway declares', () => {
  const text = gateway('one', server(8080)) + gateway('two', server(80));
  const one = rules('one', 'match: [{port: 8080, uri: {prefix: /pod}}, {port: 80, uri: {prefix: /never}}]');
  const two = rules('two', 'match: [{port: 80, uri: {prefix: /service}}, {port: 8080, uri: {prefix: /no}}]');
  expect(paths(text + one + two)[0]?.prefixes).toEqual([{ prefix: '/pod' }, { prefix: '/service' }]);
});

test('443 and 8443 are one listener, and other ports keep their number', () => {
  const tls = (number: number, host: string) =>
    `{port: {number: ${number}, name: p, protocol: HTTPS}, hosts: [${host}], tls: {mode: SIMPLE, credentialName: c}}`;
  const text =
    gateway('a', tls(443, 'a.example'), server(3001)) + gateway('b', tls(8443, 'b.example'), server(8081));
  const servers = gatewayOf(text, { 80: 1, 443: 2, 3001: 3, 8081: 4 });
  expect(servers.map(({ port, localPort }) => [port, localPort])).toEqual([
    [443, 2],
    [3001, 3],
    [8081, 4],
  ]);
  expect(servers[0]?.tlsServers.map(({ tls: { hosts } }) => hosts)).toEqual([['a.example'], ['b.example']]);
});

test('protocols are written in any case; UDP opens no port', () => {
  const servers = ['http', 'Grpc', 'HTTP_PROXY', 'mysql', 'udp']
    .map(
      (protocol, index) =>
        `{port: {number: ${9000 + index}, name: p${index}, protocol: ${protocol}}, hosts: ["*"]}`,
    )
    .join(', ');
  const local = Object.fromEntries([0, 1, 2, 3, 4].map((index) => [9000 + index, 29_000 + index]));
  const opened = gatewayOf(gateway('any', servers), local).map(({ port, protocol }) => [port, protocol]);
  expect(opened).toEqual([
    [9000, 'HTTP'],
    [9001, 'HTTP'],
    [9002, 'HTTP'],
    [9003, 'TCP'],
  ]);
});

test('a TLS server names its Secrets or files, what it demands of clients, and known ciphers once each', () => {
  const tls = (text: string) => {
    const server = `{port: {number: 443, name: p, protocol: HTTPS}, hosts: [a.example.com], tls: {${text}}}`;
    return gatewayOf(gateway('one', server), { 443: 28_443 }).flatMap(({ tlsServers }) => tlsServers)[0]?.tls;
  };
  const hosts = ['a.example.com'];
  const files = [{ certificate: '/a.crt', key: '/a.key' }];
  const byFile = 'serverCertificate: /a.crt, privateKey: /a.key, caCertificates: /ca.crt, caCrl: /crl.pem';
  expect(tls(`mode: MUTUAL, ${byFile}, subjectAltNames: [x], insecureSkipVerify: true`)).toEqual({
    ...{ hosts, mode: 'MUTUAL', files, clientRoots: { file: '/ca.crt' } },
    clients: { subjectAltNames: ['x'], revoked: '/crl.pem', isUnsigned: true },
  });
  const byName = 'credentialNames: [one, two], caCertCredentialName: clients';
  expect(tls(`mode: OPTIONAL_MUTUAL, ${byName}`)).toEqual({
    ...{ hosts, mode: 'OPTIONAL_MUTUAL', credential: 'istio-system/one' },
    ...{ furtherCredentials: ['istio-system/two'], clientRoots: { credential: 'istio-system/clients' } },
  });
  const ciphers = '[AES128-SHA, NO-SUCH, AES128-SHA]';
  const versions = 'minProtocolVersion: TLSV1_1, maxProtocolVersion: TLSV1_2';
  expect(tls(`mode: SIMPLE, credentialName: one, ${versions}, cipherSuites: ${ciphers}`)).toEqual({
    ...{ hosts, mode: 'SIMPLE', credential: 'istio-system/one' },
    ...{ minimumVersion: 'TLSv1_1', maximumVersion: 'TLSv1_2', cipherSuites: ['AES128-SHA'] },
  });
  expect(tls('mode: ISTIO_MUTUAL')).toEqual({ hosts, mode: 'ISTIO_MUTUAL' });
});

test('a server that is bound to a loopback address is for the pod alone, one for any other address is served', () => {
  const bound = (address: string) =>
    gatewayOf(gateway('one', server(80, `, bind: ${address}`)), { 80: 28_080 });
  expect(bound('127.0.0.1')).toEqual([]);
  expect(bound('0.0.0.0')).toHaveLength(1);
});

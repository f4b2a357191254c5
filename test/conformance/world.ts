/** The world in which every case is asked, the same on the laptop and under the real control plane. */
import type { Draft } from '#mesh/run/testing/kube-client.ts';

export interface WorldPod {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** By default named after the pod. */
  readonly serviceAccount?: string;
  readonly sidecar?: false;
  /** Further ports that answer HTTP, beside 8080. */
  readonly http?: readonly number[];
}

const version = (app: string, name = 'v1') => ({ app, version: name });

/** `a` and `o` call, `b` has three versions, `p` has ports with all kinds of names, `x` has no sidecar. */
export const PODS: Readonly<Record<string, WorldPod>> = {
  a: { namespace: 'default', labels: { ...version('a'), role: 'client' } },
  'b-v1': { namespace: 'default', labels: version('b', 'v1'), serviceAccount: 'b' },
  'b-v2': { namespace: 'default', labels: version('b', 'v2'), serviceAccount: 'b' },
  'b-v3': { namespace: 'default', labels: version('b', 'v3'), serviceAccount: 'b' },
  c: { namespace: 'default', labels: version('c') },
  p: { namespace: 'default', labels: version('p'), http: [7001, 7002, 7003, 7004, 7005, 7006, 7007] },
  x: { namespace: 'default', labels: { app: 'x' }, sidecar: false },
  o: { namespace: 'other', labels: version('o') },
  d: { namespace: 'other', labels: version('d') },
};

export const serviceAccountOf = (pod: string) => PODS[pod]?.serviceAccount ?? pod;

export interface WorldPort {
  readonly name: string;
  readonly port: number;
  readonly targetPort: number;
  readonly appProtocol?: string;
}

export interface WorldService {
  readonly namespace: string;
  readonly name: string;
  /** The label `app` of its pods. */
  readonly app: string;
  readonly ports: readonly WorldPort[];
  readonly headless?: true;
}

const HTTP: WorldPort = { name: 'http', port: 80, targetPort: 8080 };
const HTTP_TWO: WorldPort = { name: 'http-two', port: 8081, targetPort: 8080 };
const TCP: WorldPort = { name: 'tcp-echo', port: 9000, targetPort: 9000 };
const HTTPS: WorldPort = { name: 'https', port: 443, targetPort: 8443 };
const odd = (name: string, port: number, appProtocol?: string): WorldPort[] => [
  { name, port, targetPort: port, ...(appProtocol !== undefined && { appProtocol }) },
];

export const SERVICES: readonly WorldService[] = [
  { namespace: 'default', name: 'a', app: 'a', ports: [HTTP] },
  { namespace: 'default', name: 'b', app: 'b', ports: [HTTP, HTTP_TWO, TCP] },
  { namespace: 'default', name: 'c', app: 'c', ports: [HTTP, HTTP_TWO, TCP, HTTPS] },
  // A namesake whose pod is d's.
  { namespace: 'other', name: 'c', app: 'd', ports: [HTTP] },
  { namespace: 'other', name: 'd', app: 'd', ports: [HTTP, HTTPS] },
  { namespace: 'default', name: 'p-auto', app: 'p', ports: odd('web', 7001) },
  { namespace: 'default', name: 'p-tcp', app: 'p', ports: odd('tcp-web', 7002) },
  { namespace: 'default', name: 'p-app', app: 'p', ports: odd('web', 7003, 'http') },
  { namespace: 'default', name: 'p-h2', app: 'p', ports: odd('http2-web', 7004) },
  { namespace: 'default', name: 'p-headless', app: 'p', ports: odd('http', 7006), headless: true },
  { namespace: 'default', name: 'p-wins', app: 'p', ports: odd('tcp-web', 7007, 'http') },
  { namespace: 'default', name: 'empty', app: 'nobody', ports: [HTTP] },
];

/** Another name of c. */
const ALIAS: Draft = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'alias', namespace: 'default' },
  spec: { type: 'ExternalName', externalName: 'c.default.svc.cluster.local' },
};

const CHECKER = { service: 'd.other.svc.cluster.local', port: 80 };
const NOBODY = { service: 'empty.default.svc.cluster.local', port: 80 };
const CHECKED = { includeRequestHeadersInCheck: ['x-cf', 'x-do', 'x-who*'] };

/** Who may be asked by policies of action CUSTOM: `d`, which allows unless `x-do` says otherwise, and a service without pods. */
export const EXTENSION_PROVIDERS: readonly object[] = [
  {
    name: 'checker',
    envoyExtAuthzHttp: {
      ...CHECKER,
      pathPrefix: '/check',
      ...CHECKED,
      includeAdditionalHeadersInCheck: { 'x-check': 'asked', 'x-method': '%REQ(:METHOD)%' },
      headersToUpstreamOnAllow: ['x-added', 'x-from-*'],
      headersToDownstreamOnAllow: ['x-added'],
      headersToDownstreamOnDeny: ['x-added'],
    },
  },
  { name: 'checker-in-brief', envoyExtAuthzHttp: { ...CHECKER, ...CHECKED, timeout: '0.3s' } },
  {
    name: 'checker-of-bodies',
    envoyExtAuthzHttp: {
      ...CHECKER,
      ...CHECKED,
      includeRequestBodyInCheck: { maxRequestBytes: 5, allowPartialMessage: true },
    },
  },
  {
    name: 'checker-of-whole-bodies',
    envoyExtAuthzHttp: { ...CHECKER, ...CHECKED, includeRequestBodyInCheck: { maxRequestBytes: 5 } },
  },
  { name: 'absent', envoyExtAuthzHttp: { ...NOBODY, statusOnError: '503' } },
  { name: 'absent-and-open', envoyExtAuthzHttp: { ...NOBODY, failOpen: true } },
  { name: 'grpc', envoyExtAuthzGrpc: { ...CHECKER } },
  { name: 'grpc-open', envoyExtAuthzGrpc: { ...CHECKER, failOpen: true } },
  { name: 'grpc-absent', envoyExtAuthzGrpc: { ...NOBODY, statusOnError: '504' } },
  { name: 'of-no-service', envoyExtAuthzHttp: { service: 'nowhere.default.svc.cluster.local', port: 80 } },
  {
    name: 'of-a-namespace',
    envoyExtAuthzHttp: { service: 'other/d.other.svc.cluster.local', port: 80, ...CHECKED },
  },
  { name: 'of-a-short-name', envoyExtAuthzHttp: { service: 'd.other', port: 80, ...CHECKED } },
  { name: 'of-another-port', envoyExtAuthzHttp: { ...CHECKER, port: 81 } },
];

/** As a cluster has them in its mesh configuration. */
export function meshConfiguration(): Draft {
  const config = {
    outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' },
    extensionProviders: EXTENSION_PROVIDERS,
  };
  const metadata = { name: 'istio', namespace: 'istio-system' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { mesh: JSON.stringify(config) } };
}

/** The image of every pod: echo.ts. */
export const IMAGE = 'conformance/echo';

/** What echo.ts is told on either side. */
export function echoEnvironment(pod: string): Record<string, string> {
  return { POD: pod, HTTP_PORTS: [8080, ...(PODS[pod]?.http ?? [])].join(',') };
}

/** The Kubernetes objects of the world, without the ingress gateway. */
export function worldObjects(): Draft[] {
  const namespace = { name: 'other', labels: { 'istio-injection': 'enabled' } };
  const accounts = Object.entries(PODS).map(([name, pod]) => `${pod.namespace}/${serviceAccountOf(name)}`);
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: namespace },
    ...[...new Set(accounts)].map(serviceAccount),
    ...SERVICES.map(service),
    ALIAS,
    ...Object.keys(PODS).map(deployment),
  ];
}

function serviceAccount(account: string): Draft {
  const [namespace = '', name = ''] = account.split('/');
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } };
}

function service({ namespace, name, app, ports, headless }: WorldService): Draft {
  const spec = { selector: { app }, ports, ...(headless && { clusterIP: 'None' }) };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels: { svc: name } }, spec };
}

function deployment(name: string): Draft {
  const { namespace = '', labels = {}, sidecar, http = [] } = PODS[name] ?? {};
  const outside = sidecar === false ? { 'sidecar.istio.io/inject': 'false' } : {};
  const ports = [
    { name: 'http', containerPort: 8080 },
    { name: 'tcp', containerPort: 9000 },
    { name: 'tls', containerPort: 8443 },
    ...http.map((containerPort) => ({ containerPort })),
  ];
  const env = Object.entries(echoEnvironment(name)).map(([key, value]) => ({ name: key, value }));
  const podSpec = {
    serviceAccountName: serviceAccountOf(name),
    terminationGracePeriodSeconds: 1,
    containers: [{ name: 'echo', image: IMAGE, env, ports }],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels: { ...labels, ...outside } }, spec: podSpec },
    },
  };
}

import { serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import { clusterIpOf } from '#mesh/istiod/config/build/services.ts';
import type { TcpService } from '#mesh/istiod/config/build/tcp-services.ts';
import { ofKind, type Resource } from '#mesh/istiod/config/schema/resource.ts';
import { hostNames } from '#mesh/istiod/model/host-names.ts';
import { type PodPort, type TcpPorts, tcpPortKey } from '#mesh/istiod/model/pod.ts';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';

/** What a program needs from the user's own environment to run at all. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'];

/** Where the mesh's collector takes spans. */
export interface CollectorUrls {
  readonly zipkin: string;
  /** OTLP over HTTP, where it takes that as well. */
  readonly otlp?: string;
  /** Where a browser reads a trace, when its number is put behind it. */
  readonly page?: string;
}

export interface RunnerVariablesInput {
  /** The runner's own environment. */
  readonly host: NodeJS.ProcessEnv;
  readonly podName: string;
  readonly ports: readonly PodPort[];
  /** Where outgoing HTTP goes: the sidecar, or kube-proxy's Envoy for the namespace. */
  readonly outboundPort: number;
  /** See `hostMap`; empty for none. */
  readonly hostMap?: string;
  /** Trust for the stand-ins' certificates; absent when the real hosts are used. */
  readonly trust?: { readonly authority: string; readonly bundle: string };
  /** Where programs send their spans; absent when nothing is traced. */
  readonly collector?: CollectorUrls;
}

/** The variables that replace a cluster's iptables, DNS and network namespaces. */
export function runnerVariables(input: RunnerVariablesInput): Record<string, string> {
  const { host, podName, ports, outboundPort, hostMap, trust, collector } = input;
  return {
    ...Object.fromEntries(inherited.flatMap((name) => (host[name] ? [[name, host[name]]] : []))),
    HOSTNAME: podName,
    NODE_COMPILE_CACHE: compileCache,
    // For tracing, manifests name servers of a cluster, which the laptop does not have.
    ...(collector && { ZIPKIN_URL: collector.zipkin }),
    ...(collector?.page && { TRACE_PAGE: collector.page }),
    ...proxyVariables(`http://127.0.0.1:${outboundPort}`),
    ...(ports.length > 0 && {
      PORT_MAP: ports.map(({ containerPort, appPort }) => `${containerPort}:${appPort}`).join(','),
    }),
    ...(hostMap && { HOST_MAP: hostMap }),
    ...(trust && {
      NODE_EXTRA_CA_CERTS: trust.authority,
      SSL_CERT_FILE: trust.bundle,
      CURL_CA_BUNDLE: trust.bundle,
    }),
  };
}

/**
 * Where the services' own variable names Jaeger's agent, spans would leave twice, and once for a host that the laptop does not have.
 * They leave for the collector alone, as OTLP where it takes that: to write a span so costs half of what Zipkin's JSON costs.
 */
export function exporterVariables(
  { JAEGER_HOST }: Readonly<Record<string, string>>,
  collector: CollectorUrls | undefined,
): Record<string, string> {
  if (JAEGER_HOST === undefined || isLoopback(JAEGER_HOST) || !collector) return {};
  const { otlp } = collector;
  return otlp === undefined
    ? { OTEL_TRACES_EXPORTER: 'zipkin' }
    : { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otlp };
}

/** An agent on this machine is there, and meant. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.');
}

/** Programs read one spelling or the other; curl reads `http_proxy` only in lower case. */
function proxyVariables(url: string): Record<string, string> {
  const none = 'localhost,127.0.0.1';
  return {
    HTTP_PROXY: url,
    http_proxy: url,
    HTTPS_PROXY: url,
    https_proxy: url,
    NO_PROXY: none,
    no_proxy: none,
  };
}

/** What the variables of a Service are made of. */
interface ServiceAddress {
  readonly name: string;
  readonly clusterIP: string;
  readonly ports: readonly { readonly number: number; readonly name: string; readonly protocol?: string }[];
}

/**
 * The variables that Kubernetes gives every container for the Services of its namespace, in both forms: those that
 * Kubernetes made up and those of Docker's links
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
 */
export function serviceVariables(services: readonly ServiceAddress[]): Record<string, string> {
  return Object.assign({}, ...services.map(variablesOf)) as Record<string, string>;
}

function variablesOf({ name, clusterIP, ports }: ServiceAddress): Record<string, string> {
  const prefix = variableName(name);
  const first = ports[0];
  if (!first || clusterIP === 'None') {
    return {};
  }
  const variables: Record<string, string> = {
    [`${prefix}_SERVICE_HOST`]: clusterIP,
    [`${prefix}_SERVICE_PORT`]: String(first.number),
    [`${prefix}_PORT`]: url(clusterIP, first),
  };
  for (const port of ports) {
    if (port.name) {
      variables[`${prefix}_SERVICE_PORT_${variableName(port.name)}`] = String(port.number);
    }
    const link = `${prefix}_PORT_${port.number}_${transport(port).toUpperCase()}`;
    variables[link] = url(clusterIP, port);
    variables[`${link}_PROTO`] = transport(port);
    variables[`${link}_PORT`] = String(port.number);
    variables[`${link}_ADDR`] = clusterIP;
  }
  return variables;
}

type Port = ServiceAddress['ports'][number];

function transport({ protocol }: Port): string {
  return (protocol ?? 'TCP').toLowerCase();
}

function url(address: string, port: Port): string {
  return `${transport(port)}://${address}:${port.number}`;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_').replaceAll('.', '_');
}

interface HostMapOptions {
  readonly services: readonly TcpService[];
  readonly ports: TcpPorts;
  /** The pod's, from which short names are understood. */
  readonly namespace: string;
}

/**
 * The variable HOST_MAP: where on this machine a pod's connections to services must go, by each name and address that
 * it may use (`redis:6379=127.0.0.1:24117,…`). Empty when there are none.
 */
export function hostMap({ services, ports, namespace }: HostMapOptions): string {
  const places = new Map<string, number>();
  for (const { service, port } of services) {
    const local = ports[tcpPortKey(service.host, port.number)];
    const names = hostNames(service, namespace).filter((name) => !name.endsWith('.'));
    for (const name of local === undefined ? [] : names) {
      const declared = `${name}:${port.number}`;
      if (local !== undefined && !places.has(declared)) places.set(declared, local);
    }
  }
  return [...places].map(([declared, local]) => `${declared}=127.0.0.1:${local}`).join(',');
}

/** The variables of all Services of a namespace. */
export function serviceLinks(namespace: string, resources: readonly Resource[]): Record<string, string> {
  const services = ofKind(resources, 'Service').filter(({ metadata }) => metadata.namespace === namespace);
  return serviceVariables(
    services.map(({ metadata: { name }, spec }) => ({
      name,
      clusterIP: spec.clusterIP ?? clusterIpOf(serviceHost(name, namespace)),
      ports: spec.ports.map(({ port, name: portName = '', protocol }) => ({
        number: port,
        name: portName,
        protocol,
      })),
    })),
  );
}

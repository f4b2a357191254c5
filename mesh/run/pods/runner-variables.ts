import type { PodPort } from '#mesh/model/pod.ts';
import { compileCache } from '#mesh/run/process/node-executable.ts';

/** What a program needs from the user's own environment to run at all. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'LC_CTYPE', 'TZ'];

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
  readonly zipkinUrl?: string;
}

/** The variables that take the place of what a cluster does with iptables, DNS and network namespaces. */
export function runnerVariables(input: RunnerVariablesInput): Record<string, string> {
  const { host, podName, ports, outboundPort, hostMap, trust, zipkinUrl } = input;
  return {
    ...Object.fromEntries(inherited.flatMap((name) => (host[name] ? [[name, host[name]]] : []))),
    HOSTNAME: podName,
    NODE_COMPILE_CACHE: compileCache,
    // What a manifest says about tracing names servers of a cluster, which the laptop does not have.
    ...(zipkinUrl && { ZIPKIN_URL: zipkinUrl }),
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

/** Some programs read the one spelling, some the other; curl reads `http_proxy` in lower case only. */
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

import type { JsonObject } from '#mesh/envoy/config.ts';
import { envoyFor } from '#mesh/envoy/envoy-for.ts';
import { inboundProtocol, serviceOf } from '#mesh/envoy/listeners/inbound-service.ts';
import { type Verdict, verdict } from '#mesh/envoy/simulation/authorization.ts';
import type { ConnectionSecurity, ExplainedEndpoint } from '#mesh/envoy/simulation/explanation.ts';
import { boundPort } from '#mesh/envoy/simulation/listeners.ts';
import { at, listAt, textAt } from '#mesh/envoy/simulation/read.ts';
import type { SimulatedRequest } from '#mesh/envoy/simulation/request.ts';
import type { Mesh } from '#mesh/model/mesh.ts';
import type { Pod } from '#mesh/model/pod.ts';
import type { Protocol } from '#mesh/model/service.ts';

type Inbound = NonNullable<ExplainedEndpoint['inbound']>;

export interface Arrival {
  /** `name.namespace`. */
  readonly pod: string;
  readonly port: number;
  readonly security: ConnectionSecurity;
  readonly caller?: Caller;
}

/** Who asks, and for what. */
export interface Caller {
  readonly request: SimulatedRequest;
  /** Shown in mutual TLS; absent where the caller has no sidecar. */
  readonly identity?: string;
}

/** What the sidecar of the pod at the other end does with a connection. */
export function inboundAt(mesh: Mesh, arrival: Arrival): ExplainedEndpoint['inbound'] {
  const { pod: name, port, security } = arrival;
  const pod = mesh.pods.find((candidate) => `${candidate.name}.${candidate.namespace}` === name);
  if (!pod?.sidecar) {
    return undefined;
  }
  const config = envoyFor(mesh, { role: 'sidecar', pod, sidecar: pod.sidecar });
  const listener = config.listeners.find((candidate) => boundPort(candidate) === port);
  if (!listener) return undefined;
  const policy = verdictAt(mesh, pod, arrival);
  return { ...decision(listener, security), ...(policy && { policy }) };
}

/** Policies for requests, where the port carries HTTP. */
function verdictAt(mesh: Mesh, pod: Pod, { port, security, caller }: Arrival): Verdict | undefined {
  const policies = mesh.policies?.[`${pod.name}.${pod.namespace}`];
  const podPort = pod.ports.find(({ inboundPort }) => inboundPort === port);
  if (!policies || !podPort || !caller || !isHttp(inboundProtocol(serviceOf(mesh, pod, podPort)))) {
    return undefined;
  }
  const { request, identity } = caller;
  const shown = security === 'mutual TLS' && identity !== undefined ? { identity } : {};
  return verdict(policies, { request, port: podPort.containerPort, ...shown });
}

function decision(listener: JsonObject, security: ConnectionSecurity): Inbound {
  const chains = listAt(listener, 'filter_chains');
  const mode = modeOf(chains);
  const accepted = chains.some((chain) => accepts(chain, security));
  const verb = accepted ? 'takes' : 'refuses';
  return { listener: textAt(listener, 'name') ?? '', mode, accepted, why: `${mode} ${verb} ${security}` };
}

/** The mode, read back from the filter chains that it makes. */
function modeOf(chains: readonly JsonObject[]): string {
  const protocols = chains.map((chain) => textAt(chain, 'filter_chain_match', 'transport_protocol'));
  if (!protocols.includes('tls')) {
    return 'DISABLE';
  }
  return protocols.includes('raw_buffer') ? 'PERMISSIVE' : 'STRICT';
}

/** Mutual TLS shows the mesh's protocol name; a chain with TLS demands a certificate, which plain TLS lacks. */
function accepts(chain: JsonObject, security: ConnectionSecurity): boolean {
  const isTls = at(chain, 'transport_socket') !== undefined;
  return security === 'mutual TLS' ? isTls : security === 'plain text' && !isTls;
}

function isHttp(protocol: Protocol): boolean {
  return protocol === 'HTTP' || protocol === 'HTTP2' || protocol === 'GRPC';
}

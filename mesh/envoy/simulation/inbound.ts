import type { JsonObject } from '#mesh/envoy/config.ts';
import { envoyFor } from '#mesh/envoy/envoy-for.ts';
import type { ConnectionSecurity, ExplainedEndpoint } from '#mesh/envoy/simulation/explanation.ts';
import { boundPort } from '#mesh/envoy/simulation/listeners.ts';
import { at, listAt, textAt } from '#mesh/envoy/simulation/read.ts';
import type { Mesh } from '#mesh/model/mesh.ts';

export interface Arrival {
  /** `name.namespace`. */
  readonly pod: string;
  readonly port: number;
  readonly security: ConnectionSecurity;
}

/** What the sidecar of the pod at the other end does with a connection. */
export function inboundAt(mesh: Mesh, { pod: name, port, security }: Arrival): ExplainedEndpoint['inbound'] {
  const pod = mesh.pods.find((candidate) => `${candidate.name}.${candidate.namespace}` === name);
  if (!pod?.sidecar) {
    return undefined;
  }
  const config = envoyFor(mesh, { role: 'sidecar', pod, sidecar: pod.sidecar });
  const listener = config.listeners.find((candidate) => boundPort(candidate) === port);
  return listener && decision(listener, security);
}

function decision(listener: JsonObject, security: ConnectionSecurity): ExplainedEndpoint['inbound'] {
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

import type { Diagnostic } from '#mesh/diagnostic.ts';
import { gatewayNamespace } from '#mesh/run/apply/gateway-ports.ts';
import { keySource } from '#mesh/run/pods/key-source.ts';
import { ofKind, type Resource } from '#mesh/schema/resource.ts';

/** The keys of a Secret that holds a gateway's certificate: Kubernetes' names, and Istio's older ones. */
const accepted = [
  ['tls.crt', 'tls.key'],
  ['cert', 'key'],
] as const;

/**
 * Gateways whose Secret is not there, or lacks a certificate. Istio accepts them and leaves the port closed; here that
 * would be an Envoy that waits for ever.
 */
export function checkCredentials(resources: readonly Resource[]): Diagnostic[] {
  return ofKind(resources, 'Gateway').flatMap((gateway) =>
    gateway.spec.servers.flatMap((server, index) => {
      const name = server.tls?.credentialName;
      const problem = name === undefined ? undefined : problemOf(name, resources);
      return problem === undefined
        ? []
        : [
            {
              severity: 'error' as const,
              code: 'IST0101',
              message: problem,
              fix: `apply a Secret with \`tls.crt\` and \`tls.key\`, in namespace ${gatewayNamespace}, the gateway's own`,
              position: gateway.document.at(['spec', 'servers', index, 'tls', 'credentialName']),
              resource: `Gateway ${gateway.metadata.namespace}/${gateway.metadata.name}`,
            },
          ];
    }),
  );
}

function problemOf(name: string, resources: readonly Resource[]): string | undefined {
  const data = keySource({ kind: 'Secret', name, namespace: gatewayNamespace }, resources);
  if (!data) {
    return `the gateway's credential \`${name}\` is not a Secret in namespace \`${gatewayNamespace}\``;
  }
  const complete = accepted.some((keys) => keys.every((key) => data[key] !== undefined));
  return complete ? undefined : `the Secret \`${name}\` holds no \`tls.crt\` and \`tls.key\``;
}

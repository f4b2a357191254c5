import { selects } from '#mesh/model/build/endpoints.ts';
import type { MtlsMode, PeerAuthentication } from '#mesh/model/mesh.ts';
import type { Pod } from '#mesh/model/pod.ts';
import type { Resource, ResourceOf } from '#mesh/schema/resource.ts';

type Policy = ResourceOf<'PeerAuthentication'>;

/** A PeerAuthentication here without selector holds for the whole mesh (Istio's meshConfig.rootNamespace). */
const ROOT_NAMESPACE = 'istio-system';

/**
 * What a pod's sidecar demands of its callers: a policy for the workload wins over one for the namespace, that over one
 * for the mesh; UNSET inherits; PERMISSIVE where nobody says anything
 * (https://istio.io/latest/docs/reference/config/security/peer_authentication/).
 */
export function peerAuthenticationOf(pod: Pod, resources: readonly Resource[]): PeerAuthentication {
  const policies = resources.filter((resource) => resource.kind === 'PeerAuthentication');
  const matchLabels = (policy: Policy) => policy.spec.selector?.matchLabels ?? {};
  const everywhere = (namespace: string) =>
    policies.find(
      (policy) => policy.metadata.namespace === namespace && Object.keys(matchLabels(policy)).length === 0,
    );
  const workload = policies.find(
    (policy) =>
      policy.metadata.namespace === pod.namespace &&
      Object.keys(matchLabels(policy)).length > 0 &&
      selects(matchLabels(policy), pod.labels),
  );
  const namespace = everywhere(pod.namespace);
  const mesh = everywhere(ROOT_NAMESPACE);
  return {
    mode: modeOf(workload) ?? modeOf(namespace) ?? modeOf(mesh) ?? 'PERMISSIVE',
    portLevel: Object.fromEntries(
      Object.entries(workload?.spec.portLevelMtls ?? {}).flatMap(([port, { mode }]) =>
        mode === 'UNSET' ? [] : [[port, mode]],
      ),
    ),
  };
}

function modeOf(policy: Policy | undefined): MtlsMode | undefined {
  const mode = policy?.spec.mtls?.mode;
  return mode === 'UNSET' ? undefined : mode;
}

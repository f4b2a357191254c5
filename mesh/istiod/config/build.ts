import { patchesFor } from '#mesh/istiod/config/build/envoy-filters.ts';
import { toGatewayWorkload } from '#mesh/istiod/config/build/gateways.ts';
import type { BuildInput } from '#mesh/istiod/config/build/input.ts';
import { peerAuthenticationOf, policiesOf } from '#mesh/istiod/config/build/policies.ts';
import { ingressOf, sidecarFor } from '#mesh/istiod/config/build/sidecars.ts';
import { telemetryOf } from '#mesh/istiod/config/build/telemetry.ts';
import { Views } from '#mesh/istiod/config/build/views.ts';
import { gatewayApiModel } from '#mesh/istiod/config/gateway-api/model.ts';
import { credentialsOf } from '#mesh/istiod/config/gateway-credentials.ts';
import { meshConfigOf } from '#mesh/istiod/config/mesh-config.ts';
import { ofKind } from '#mesh/istiod/config/schema/resource.ts';
import type { Mesh, MeshView } from '#mesh/istiod/model/mesh.ts';
import { once } from '#mesh/once.ts';

/**
 * The mesh that checked manifests describe on this machine. Pure; expects resources that `analyze` has passed, and
 * leaves out what refers to nothing (a missing subset becomes a cluster without endpoints, as in Istio).
 */
export function buildMesh(input: BuildInput): Mesh {
  const { resources, pods, standIns, trustDomain = 'cluster.local' } = input;
  const views = new Views(input);
  const gatewayApi = gatewayApiModel(input.gatewayApi);
  const route = (view: MeshView, certificate?: string) => ({
    ...view,
    services: gatewayApi.services(view.services, certificate),
    virtualHosts: gatewayApi.virtualHosts(view.virtualHosts),
    ...(view.connectionHosts && { connectionHosts: gatewayApi.connectionHosts(view.connectionHosts) }),
  });
  // Workloads that see the same share a view.
  const routed = once((view: MeshView) => route(view));
  const special = [
    ...specialViews(input, views).map(([name, view]) => [name, routed(view)] as const),
    ...input.gateways.flatMap((placement) => {
      const certificate = gatewayApi.clientCertificate(placement);
      const name = `${placement.name}.${placement.namespace}`;
      return certificate === undefined ? [] : [[name, route(views.of(placement), certificate)] as const];
    }),
  ];
  const ingress = ingressListeners(input);
  return {
    trustDomain,
    ...routed(views.common),
    pods,
    standIns,
    gateways: input.gateways.map((placement) =>
      gatewayApi.workload(placement, toGatewayWorkload(placement, input, views.of(placement).services)),
    ),
    ...(special.length > 0 && {
      views: Object.fromEntries(special),
    }),
    ...(ingress.length > 0 && { ingress: Object.fromEntries(ingress) }),
    peerAuthentication: Object.fromEntries(
      pods.map((pod) => [`${pod.name}.${pod.namespace}`, peerAuthenticationOf(pod, resources)]),
    ),
    policies: Object.fromEntries(
      [...pods, ...input.gateways].map((one) => [
        `${one.name}.${one.namespace}`,
        policiesOf(one, resources, views.of(one).services),
      ]),
    ),
    ...patchedWorkloads(input),
    ...(!meshConfigOf(resources).enableAutoMtls && { autoMtls: false }),
    credentials: credentialsOf(resources),
    telemetry: Object.fromEntries(
      [...pods, ...input.gateways].map((one) => [
        `${one.name}.${one.namespace}`,
        telemetryOf(one, resources),
      ]),
    ),
  };
}

/** Only where there are patches: most meshes have none. */
function patchedWorkloads({ pods, gateways, resources }: BuildInput): Pick<Mesh, 'patches'> {
  const patched = [...pods.filter(({ sidecar }) => sidecar), ...gateways].flatMap((one) => {
    const patches = patchesFor(one, resources);
    return patches.length > 0 ? [[`${one.name}.${one.namespace}`, patches] as const] : [];
  });
  return patched.length > 0 ? { patches: Object.fromEntries(patched) } : {};
}

function ingressListeners({ resources, pods }: BuildInput) {
  const sidecars = ofKind(resources, 'Sidecar');
  return pods.flatMap((pod) => {
    const found = pod.sidecar && sidecarFor(sidecars, pod);
    const listeners = found && ingressOf(found);
    return listeners ? [[`${pod.name}.${pod.namespace}`, listeners] as const] : [];
  });
}

/** What workloads see that do not see what all do, by `name.namespace`. */
function specialViews(input: BuildInput, views: Views): readonly (readonly [string, MeshView])[] {
  const pods = input.pods.filter(({ sidecar }) => sidecar);
  const seen = [
    ...pods.map((one) => [`${one.name}.${one.namespace}`, views.ofPod(one)] as const),
    ...input.gateways.map((one) => [`${one.name}.${one.namespace}`, views.of(one)] as const),
  ];
  return seen.filter(([, view]) => view !== views.common);
}

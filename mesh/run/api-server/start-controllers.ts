import type { Api } from '#mesh/apiserver/api.ts';
import type { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import { ClaimController } from '#mesh/controllers/claim.ts';
import { Controllers } from '#mesh/controllers/controllers.ts';
import { DefinitionController } from '#mesh/controllers/crd.ts';
import { DaemonSetController } from '#mesh/controllers/daemon-set.ts';
import { DeploymentController } from '#mesh/controllers/deployment.ts';
import { DisruptionController } from '#mesh/controllers/disruption.ts';
import { EndpointsController } from '#mesh/controllers/endpoints.ts';
import { GarbageCollector } from '#mesh/controllers/garbage-collector.ts';
import { GatewayDeploymentController } from '#mesh/controllers/gateway-deployment.ts';
import { JobController } from '#mesh/controllers/job.ts';
import { NamespaceController } from '#mesh/controllers/namespace.ts';
import { ReplicaSetController } from '#mesh/controllers/replica-set.ts';
import { StatefulSetController } from '#mesh/controllers/stateful-set.ts';
import { AnalysisEvents } from '#mesh/istiod/analysis/analysis-events.ts';
import type { GatewayAddresses } from '#mesh/kubelet/ports/gateway-addresses.ts';
import { GatewayServiceController } from '#mesh/run/apply/gateway-service.ts';
import { GatewayStatusController } from '#mesh/run/apply/gateway-status.ts';

export interface ControllersInput {
  readonly api: Api;
  readonly kinds: Kinds;
  /** PEM: what every namespace is given, to trust the mesh's certificates by. */
  readonly roots: string;
  /** From ports of the gateway's Service to local ones. */
  readonly gatewayPorts: ReadonlyMap<number, number>;
  readonly gatewayAddresses: Pick<GatewayAddresses, 'of'>;
  readonly onProblem: (message: string) => void;
}

/** Everything that follows from what is written. */
export function startControllers({
  api,
  kinds,
  roots,
  gatewayPorts,
  gatewayAddresses,
  onProblem,
}: ControllersInput): Controllers {
  const configMap = (name: string, key: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { [key]: roots },
  });
  const contents = [
    configMap('kube-root-ca.crt', 'ca.crt'),
    configMap('istio-ca-root-cert', 'root-cert.pem'),
  ];
  const controllers = [
    new DefinitionController(api, kinds),
    new NamespaceController(api, { contents }),
    new DeploymentController(api),
    new ReplicaSetController(api),
    new StatefulSetController(api),
    new DaemonSetController(api),
    new JobController(api),
    new EndpointsController(api),
    new DisruptionController(api),
    new ClaimController(api),
    new GatewayServiceController(api, gatewayPorts),
    new GatewayDeploymentController(api),
    new GatewayStatusController(api, gatewayAddresses),
    new GarbageCollector(api),
    new AnalysisEvents(api),
  ];
  return new Controllers({ store: api.store, controllers, onProblem });
}

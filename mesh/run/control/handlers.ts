import type { StandIn } from '#mesh/model/mesh.ts';
import type { ApplyRequest, DeleteRequest, LabelRequest, ObjectName } from '#mesh/run/api.ts';
import type { GatewayPorts } from '#mesh/run/apply/gateway-ports.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import type { Identities } from '#mesh/run/certificates/identities.ts';
import { ControlError } from '#mesh/run/control/control-error.ts';
import { execTarget } from '#mesh/run/control/exec-target.ts';
import { sendLogs } from '#mesh/run/control/logs.ts';
import { overview } from '#mesh/run/control/overview.ts';
import { proxyDump } from '#mesh/run/control/proxy-dump.ts';
import type { ControlHandler, RouteTable } from '#mesh/run/control/route-table.ts';
import type { MeshMetrics } from '#mesh/run/metrics/serve-metrics.ts';
import { queryObjects } from '#mesh/run/objects/query.ts';
import { toKubernetesObject } from '#mesh/run/objects/stored-object.ts';
import type { Tracing } from '#mesh/run/traces/tracing.ts';

export interface ControlContext {
  readonly mesh: LocalMesh;
  readonly gatewayPorts: GatewayPorts;
  readonly identities: Identities;
  readonly standIns: readonly StandIn[];
  readonly metrics: MeshMetrics;
  readonly tracing?: Tracing;
  /** Resolves when every process has ended. */
  readonly shutdown: () => Promise<void>;
}

/**
 * What answers each call of api.ts. The command line, of the same version, is the only client, and the socket is its
 * user's alone: bodies are taken as what api.ts says they are.
 */
export function controlRoutes(context: ControlContext): RouteTable {
  const { mesh, gatewayPorts } = context;
  return {
    'POST /apply': ({ body }) => mesh.apply(body as ApplyRequest),
    'POST /delete': ({ body }) => mesh.delete(body as DeleteRequest),
    'POST /restart': async ({ body }) => {
      await mesh.restart(body as ObjectName);
      return {};
    },
    'POST /label': async ({ body }) => ({
      object: toKubernetesObject(await mesh.label(body as LabelRequest)),
    }),
    'POST /analyze': ({ body }) => ({ diagnostics: mesh.analyze(body as ApplyRequest) }),
    'GET /objects': ({ query }) => ({ items: queryObjects(mesh, gatewayPorts, Object.fromEntries(query)) }),
    'GET /logs/:namespace/:pod': ({ path, query, response }) => sendLogs(mesh, { path, query, response }),
    'GET /exec/:namespace/:pod': ({ path }) => execTarget(mesh, podNamed(path)),
    'GET /proxy/:namespace/:name': ({ path }) => proxyDump(context, podNamed(path)),
    'GET /mesh': () => mesh.dataPlane.model,
    'GET /overview': () => overview(context),
    'GET /events': (request) => sendEvents(mesh, request),
    'POST /shutdown': async () => {
      await context.shutdown();
      return {};
    },
  };
}

export interface NamedPod {
  readonly namespace: string;
  readonly name: string;
}

function podNamed({ namespace = '', pod, name }: Readonly<Record<string, string>>): NamedPod {
  return { namespace, name: pod ?? name ?? '' };
}

/** Lines of JSON until the mesh is ready, or will not become so. */
function sendEvents({ events }: LocalMesh, { response }: Parameters<ControlHandler>[0]): undefined {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const end = events.subscribe((event) => {
    response.write(`${JSON.stringify(event)}\n`);
    if (event.type === 'ready' || event.type === 'failed') {
      response.end();
    }
  });
  response.once('close', end);
}

export function noSuchPod({ name, namespace }: NamedPod): ControlError {
  return new ControlError(404, `pods "${name}" not found in namespace ${namespace}`);
}

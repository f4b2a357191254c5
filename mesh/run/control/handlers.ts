import type { Api } from '#mesh/apiserver/api.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import { parseLabelSelector } from '#mesh/apiserver/selector.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { objectName } from '#mesh/istiod/config/schema/identify.ts';
import type { ApplyRequest, ApplyResponse, DeleteRequest, ExecTarget, ObjectName } from '#mesh/run/api.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { sendLogs } from '#mesh/run/control/logs.ts';
import { overview } from '#mesh/run/control/overview.ts';
import {
  type ControlContext,
  type ControlHandler,
  type NamedPod,
  noSuchPod,
  type RouteTable,
} from '#mesh/run/control/route-table.ts';

/**
 * What answers each call of api.ts. The command line, of the same version, is the only client, and the socket is its
 * user's alone: bodies are taken as what api.ts says they are.
 */
export function controlRoutes(context: ControlContext): RouteTable {
  const { mesh, files } = context;
  return {
    'POST /apply': ({ body }) => files.apply(body as ApplyRequest),
    'POST /analyze': ({ body }) => ({ diagnostics: files.analyze(body as ApplyRequest) }),
    'POST /delete': ({ body }) => deleteObjects(mesh, body as DeleteRequest),
    'GET /objects': ({ query }) => ({ items: queryObjects(mesh.api, Object.fromEntries(query)) }),
    'GET /logs/:namespace/:pod': ({ path, query, response }) => sendLogs(mesh, { path, query, response }),
    'GET /exec/:namespace/:pod': ({ path }) => execTarget(mesh, podNamed(path)),
    'GET /mesh': () => mesh.dataPlane.model,
    'GET /overview': () => overview(context),
    'GET /events': (request) => sendEvents(mesh, request),
    'POST /shutdown': async () => {
      await context.shutdown();
      return {};
    },
  };
}

function podNamed({ namespace = '', pod = '' }: Readonly<Record<string, string>>): NamedPod {
  return { namespace, name: pod };
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

/** What a command needs to run as the pod's program would. */
function execTarget(mesh: LocalMesh, name: NamedPod): ExecTarget {
  const pod = mesh.pods.find(({ plan }) => plan.name === name.name && plan.namespace === name.namespace);
  const program = pod?.containers[0];
  if (pod && program) {
    const { env, cwd } = program.plan.command;
    const hosts = mesh.dataPlane.hostMapOf(pod.plan, mesh.resources);
    const names = pod.containers.map(({ plan }) => plan.name);
    return {
      containers: pod.proxy ? [...names, 'istio-proxy'] : names,
      // A command that starts now knows the services that came after the pod, as DNS would tell it in a cluster.
      env: { ...env, ...(hosts && { HOST_MAP: hosts }) },
      cwd,
      ...(pod.proxy && { adminSocket: pod.proxy.admin.socketPath }),
    };
  }
  if (pod?.proxy) {
    return {
      containers: ['istio-proxy'],
      env: {},
      cwd: process.cwd(),
      adminSocket: pod.proxy.admin.socketPath,
    };
  }
  throw noSuchPod(name);
}

/** Deletes the objects that a request means, by name or by the files that they came from. A file need not be valid for that. */
async function deleteObjects(
  { api }: Pick<LocalMesh, 'api'>,
  request: DeleteRequest,
): Promise<ApplyResponse> {
  const loaded = loadManifests(request.files ?? []);
  const named = (request.objects ?? []).map((name) => ({ ...name, apiVersion: undefined }));
  const fromFiles = loaded.documents.map(({ value }) => {
    const { kind = '', apiVersion } = value as { readonly kind?: string; readonly apiVersion?: string };
    return { kind, apiVersion, ...objectName(value, { kind, namespace: request.namespace }) };
  });
  const results: ApplyResponse['results'][number][] = [];
  const missing: Diagnostic[] = [];
  for (const { kind, apiVersion, name, namespace } of [...fromFiles, ...named]) {
    const type =
      apiVersion === undefined
        ? api.types.all.find((one) => one.kind === kind)
        : api.types.ofKind(apiVersion, kind);
    const key = { name, namespace: type?.namespaced ? namespace : undefined };
    if (!type || !api.store.get(resourceKey(type), key)) {
      missing.push(notFound({ kind, name, namespace }));
      continue;
    }
    await api.delete(type, key, { manager: 'mesh-delete', propagationPolicy: 'Background' });
    const resource = `${type.singular}${type.group ? `.${type.group}` : ''}/${name}`;
    results.push({ kind, name, namespace, resource, action: 'deleted' });
  }
  return { results, diagnostics: [...loaded.diagnostics, ...(request.ignoreNotFound ? [] : missing)] };
}

function notFound({ kind, name, namespace }: ObjectName): Diagnostic {
  return {
    severity: 'error',
    code: 'NotFound',
    message: `${kind.toLowerCase()} "${name}" not found in namespace ${namespace || '(none)'}`,
    resource: `${kind} ${namespace}/${name}`,
  };
}

interface ObjectsQuery {
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
}

/** All objects that match, by their kinds and names. */
function queryObjects(api: Api, { kind, namespace, labelSelector }: ObjectsQuery): KubernetesObject[] {
  const selects = parseLabelSelector(labelSelector ?? '');
  return api.types.all
    .filter((type) => kind === undefined || type.kind.toLowerCase() === kind.toLowerCase())
    .flatMap((type) => api.store.list(resourceKey(type), type.namespaced ? namespace : undefined))
    .filter(({ metadata }) => selects(metadata.labels ?? {}));
}

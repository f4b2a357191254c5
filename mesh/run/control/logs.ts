import { lastLines } from '#mesh/kubelet/process/log-file.ts';
import type { Supervised } from '#mesh/kubelet/process/supervised.ts';
import { ControlError } from '#mesh/run/api.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { type ControlRequest, noSuchPod } from '#mesh/run/control/route-table.ts';

type LogsCall = Pick<ControlRequest, 'path' | 'query' | 'response'>;

/** A container's log as text; with `follow` the answer goes on until the client leaves. */
export function sendLogs(mesh: LocalMesh, { path, query, response }: LogsCall): undefined {
  const name = {
    name: path['pod'] ?? '',
    namespace: path['namespace'] ?? '',
    container: query.get('container'),
  };
  const program = programOf(mesh, name);
  const { log } = program;
  const tail = query.get('tail');
  const previous = query.get('previous') === 'true' ? previousOf(program, name) : undefined;
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  if (previous !== undefined) {
    response.end(tail === null ? previous : lastLines(previous, Number(tail)));
    return;
  }
  response.write(tail === null ? log.read() : log.tail(Number(tail)));
  if (query.get('follow') !== 'true') {
    response.end();
    return;
  }
  const end = log.follow((text) => response.write(text));
  response.once('close', end);
}

interface LogName {
  readonly name: string;
  readonly namespace: string;
  readonly container: string | null;
}

/** Of the run before the current one, in Kubernetes' words when there was none. */
function previousOf({ previousOutput }: Supervised, { name, container }: LogName): string {
  if (previousOutput === undefined) {
    throw new ControlError(
      400,
      `previous terminated container "${container ?? ''}" in pod "${name}" not found`,
    );
  }
  return previousOutput;
}

function programOf(mesh: LocalMesh, { name, namespace, container }: LogName): Supervised {
  const key = `${name}.${namespace}`;
  const pod = mesh.pods.find((candidate) => candidate.key === key);
  if (!pod) {
    throw noSuchPod({ name, namespace });
  }
  if (pod.proxy && (container === 'istio-proxy' || pod.containers.length === 0)) {
    return pod.proxy.program;
  }
  const named = container === null ? pod.containers : pod.all;
  const found = named.find(({ plan }) => container === null || plan.name === container);
  if (!found) {
    throw new ControlError(400, `container ${container} is not valid for pod ${name}`);
  }
  return found.program;
}

import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';
import { ControlError } from '#mesh/run/control/control-error.ts';
import { noSuchPod } from '#mesh/run/control/handlers.ts';
import type { ControlRequest } from '#mesh/run/control/route-table.ts';
import type { LogFile } from '#mesh/run/process/log-file.ts';

type LogsCall = Pick<ControlRequest, 'path' | 'query' | 'response'>;

/** A container's log as text; with `follow` the answer goes on until the client leaves. */
export function sendLogs(mesh: LocalMesh, { path, query, response }: LogsCall): undefined {
  const log = logOf(mesh, {
    name: path['pod'] ?? '',
    namespace: path['namespace'] ?? '',
    container: query.get('container'),
  });
  const tail = query.get('tail');
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
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

function logOf(mesh: LocalMesh, { name, namespace, container }: LogName): LogFile {
  const key = `${name}.${namespace}`;
  const gateway = mesh.dataPlane.gateway?.process;
  if (gateway?.name === key) {
    return gateway.program.log;
  }
  const pod = mesh.pods.find((candidate) => candidate.key === key);
  if (!pod) {
    throw noSuchPod({ name, namespace });
  }
  if (container === 'istio-proxy' && pod.proxy) {
    return pod.proxy.program.log;
  }
  const found = pod.containers.find(({ plan }) => container === null || plan.name === container);
  if (!found) {
    throw new ControlError(400, `container ${container} is not valid for pod ${name}`);
  }
  return found.program.log;
}

import type { PodPort } from '#mesh/model/pod.ts';
import type { ProbePlan } from '#mesh/run/pods/pod-plan.ts';
import { checkExec, checkHttp, checkTcp } from '#mesh/run/pods/probe-check.ts';
import type { Command } from '#mesh/run/process/supervised.ts';
import type { Container } from '#mesh/schema/kubernetes/container.ts';
import type { Probe } from '#mesh/schema/kubernetes/probe.ts';

/** Where a container's probes and hooks find it. */
export interface CheckContext {
  readonly container: Container;
  readonly command: Command;
  readonly ports: readonly PodPort[];
}

/** What a probe or hook does: a request, a connection or a command. */
export function checkOf(
  { httpGet, tcpSocket, exec }: Pick<Probe, 'httpGet' | 'tcpSocket' | 'exec'>,
  context: CheckContext,
): ProbePlan['check'] {
  if (httpGet) {
    const target = {
      port: localPort(httpGet.port, context) ?? 0,
      path: httpGet.path,
      secure: httpGet.scheme === 'HTTPS',
      headers: Object.fromEntries(httpGet.httpHeaders.map(({ name, value }) => [name, value])),
    };
    return (signal) => checkHttp(target, signal);
  }
  if (tcpSocket) {
    const port = localPort(tcpSocket.port, context) ?? 0;
    return (signal) => checkTcp(port, signal);
  }
  if (exec) {
    const { env, cwd } = context.command;
    return (signal) => checkExec({ command: exec.command, env, cwd }, signal);
  }
  // A gRPC probe, which the schema has warned about.
  return async () => true;
}

/** Where the program listens for a port that the manifest names or numbers. */
export function localPort(
  port: number | string,
  { container, ports }: Pick<CheckContext, 'container' | 'ports'>,
): number | undefined {
  const declared =
    typeof port === 'number' ? port : container.ports.find(({ name }) => name === port)?.containerPort;
  return ports.find(({ containerPort }) => containerPort === declared)?.appPort;
}

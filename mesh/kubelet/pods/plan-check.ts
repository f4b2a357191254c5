import type { Container, Probe } from '#mesh/istiod/config/schema/kubernetes/container.ts';
import type { PodPort } from '#mesh/istiod/model/pod.ts';
import type { ProbePlan } from '#mesh/kubelet/pods/pod-plan.ts';
import { checkExec, checkGrpc, checkHttp, checkTcp } from '#mesh/kubelet/pods/probe-check.ts';
import type { Command } from '#mesh/kubelet/process/node-executable.ts';

/** Where a container's probes and hooks find it. */
export interface CheckContext {
  readonly container: Container;
  readonly command: Command;
  readonly ports: readonly PodPort[];
  /** What plays the image has none of its programs: their commands pass as long as it listens, or runs where it does not listen. */
  readonly foreign?: { readonly listens: boolean };
  /** A command within the container, where it is a real one. */
  readonly inside?: (argv: readonly string[]) => Command;
}

/** What a probe or hook does: a request, a connection or a command. */
export function checkOf(
  { httpGet, tcpSocket, grpc, exec }: Pick<Probe, 'httpGet' | 'tcpSocket' | 'grpc' | 'exec'>,
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
  if (grpc) {
    const target = { port: localPort(grpc.port, context) ?? 0, service: grpc.service };
    return (signal) => checkGrpc(target, signal);
  }
  if (exec && context.inside) {
    const { command, args, env, cwd } = context.inside(exec.command);
    return (signal) => checkExec({ command: [command, ...args], env, cwd }, signal);
  }
  if (exec && !context.foreign) {
    const { env, cwd } = context.command;
    return (signal) => checkExec({ command: exec.command, env, cwd }, signal);
  }
  const [first] = context.container.ports;
  const port = first && context.foreign?.listens ? localPort(first.containerPort, context) : undefined;
  return async (signal) => port === undefined || checkTcp(port, signal);
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

import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import { checkImpersonated } from '#mesh/apiserver/http/impersonation.ts';
import { parseResourcePath } from '#mesh/apiserver/http/request-info.ts';
import type { StreamTarget } from '#mesh/apiserver/streams/attach-streams.ts';
import { dial } from '#mesh/apiserver/streams/port-forward.ts';
import { failure, type RemoteIo, StatusError } from '#mesh/apiserver/streams/remote-io.ts';
import { execProcess } from '#mesh/kubelet/exec-process.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import { onThisMachine } from '#mesh/kubelet/pods/volume-map.ts';
import { attachInput } from '#mesh/kubelet/process/attended.ts';
import type { Supervised } from '#mesh/kubelet/process/supervised.ts';
import { projectRoot } from '#mesh/project-root.ts';
import {
  checkRunning,
  containerOf,
  type NamedContainer,
  programOf,
} from '#mesh/run/api-server/container-of.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';

export interface PodStreamsOptions {
  readonly mesh: LocalMesh;
  /** The environment of the runner: where programs are. */
  readonly env: NodeJS.ProcessEnv;
  /** Where the control plane's ports lead, by their numbers: Unix sockets. */
  readonly controlPlane: ReadonlyMap<number, string>;
}

/** The handler of a request for exec, attach or port-forward. Throws a StatusError for any other. */
export function podStreams(options: PodStreamsOptions): (request: IncomingMessage) => StreamTarget {
  return (request) => {
    try {
      return targetOf(request, options);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new StatusError(failure(error.code, error.reason, error.message));
    }
  };
}

function targetOf(request: IncomingMessage, options: PodStreamsOptions): StreamTarget {
  if (!(request.socket as TLSSocket).authorized)
    throw new StatusError(failure(401, 'Unauthorized', 'Unauthorized'));
  const url = URL.parse(request.url ?? '/', 'https://mesh');
  const path = url && parseResourcePath(url.pathname);
  if (!url || path?.plural !== 'pods' || path.group !== '' || path.name === undefined) {
    throw new StatusError(failure(404, 'NotFound', 'the server could not find the requested resource'));
  }
  const { namespace = '', name, subresource } = path;
  const target = { group: '', resource: 'pods', namespace, name, ...(subresource && { subresource }) };
  checkImpersonated({ api: options.mesh.api, request, target });
  const container = url.searchParams.get('container');
  const named = containerOf(options.mesh, { namespace, pod: name, container });
  switch (subresource) {
    case 'exec':
      if (!url.searchParams.has('command'))
        throw new StatusError(
          failure(400, 'BadRequest', 'you must specify at least one command for the container'),
        );
      checkRunning(named);
      return { run: (io, command) => exec(named, { io, command, options }) };
    case 'attach':
      checkNotEnded(named);
      return { run: (io) => attach(named, io) };
    case 'portforward':
      return { connect: (port) => dial(addressOf(named.pod, port, options)) };
    default:
      throw new StatusError(failure(404, 'NotFound', 'the server could not find the requested resource'));
  }
}

interface Execution {
  readonly io: RemoteIo;
  readonly command: readonly string[];
  readonly options: PodStreamsOptions;
}

/** Runs a command as the container's program runs: with its environment, in its folder, through its sidecar. */
function exec(named: NamedContainer, { io: remote, command, options }: Execution): Promise<number> {
  const { pod, container } = named;
  const own = pod.all.find(({ plan }) => plan.name === container);
  const io = { ...remote, ended: own ? own.runEnded : pod.gone };
  const path = options.env['PATH'] ?? '';
  if (!own) return execProcess({ argv: local(command), ...proxySurroundings(pod, path) }, io);
  if (own.plan.real) {
    const { command: file, args, ...where } = own.plan.real.inside(command, { tty: io.tty });
    return execProcess({ argv: [file, ...args], ...where }, io);
  }
  const { env, cwd } = own.plan.command;
  // A command that starts now knows the services that came after the pod, as DNS would tell it in a cluster.
  const hosts = options.mesh.dataPlane.hostMapOf(pod.plan, options.mesh.resources);
  const programs = [join(projectRoot, 'bin/exec'), env['PATH'] ?? path].join(':');
  const all = { ...env, PATH: programs, ...(hosts && { HOST_MAP: hosts }) };
  const argv = onThisMachine(local(command), env['VOLUME_MAP'] ?? '');
  return execProcess({ argv, env: all, cwd }, io);
}

/** Where images keep programs that the table's folders, or this machine, have elsewhere. */
const imageFolders = /^\/(?:usr\/(?:local\/)?)?s?bin\//;

/** An absolute path of an image's program is looked up by its name, in the container's own folders first. */
function local([file = '', ...args]: readonly string[]): readonly string[] {
  return [file.replace(imageFolders, ''), ...args];
}

/**
 * In `istio-proxy`, `pilot-agent request` and `curl localhost:15000` are programs of bin/istio-proxy that ask the pod's
 * own Envoy, whose admin interface is a Unix socket on a laptop.
 */
function proxySurroundings({ proxy, containers }: RunningPod, path: string) {
  const proxyVariable = /^(https?_proxy|no_proxy|all_proxy)$/i;
  const [program] = containers;
  const inherited = Object.entries(program?.plan.command.env ?? {}).filter(
    ([name]) => !proxyVariable.test(name),
  );
  return {
    cwd: program?.plan.command.cwd ?? projectRoot,
    env: {
      ...Object.fromEntries(inherited),
      ...(proxy && { ENVOY_ADMIN_SOCKET: proxy.admin.socketPath }),
      PATH: `${join(projectRoot, 'bin/istio-proxy')}:${path}`,
    },
  };
}

/** kubectl shows the log instead of attaching to what has ended. */
function checkNotEnded(named: NamedContainer): void {
  const program = programOf(named);
  if (!program || program.state === 'running' || !hasRun(program)) return;
  const { container, pod } = named;
  throw new StatusError(
    failure(
      400,
      'BadRequest',
      `cannot attach to container ${container} of pod ${pod.plan.name}: it has ended`,
    ),
  );
}

/** Milliseconds: a person sees what they type. */
const echoWithin = 20;

/** Shows what the container's program writes from now on, and hands it what the client types. */
function attach(named: NamedContainer, { stdin, stdout, sizes, signal }: RemoteIo): Promise<number> {
  const program = programOf(named);
  return new Promise((resolve) => {
    const unfollow = program?.log.follow((text) => stdout?.write(text), echoWithin);
    let detach: (() => void) | undefined;
    const watch = () => {
      if (program?.state !== 'running') return hasRun(program) && finish();
      if (stdin && program.input) detach ??= attachInput(program.input, { stdin, sizes });
    };
    const watching = setInterval(watch, echoWithin);
    // A client that attaches learns the exit code from the pod's status.
    function finish(): void {
      clearInterval(watching);
      detach?.();
      unfollow?.(true);
      resolve(0);
    }
    signal.addEventListener('abort', finish, { once: true });
    watch();
  });
}

/** A program that still waits for its sidecar has not run. */
function hasRun(program: Supervised | undefined): boolean {
  return program === undefined || program.state !== 'waiting' || program.lastExit !== undefined;
}

/** Envoy's own ports are its admin socket; the others are the program's, past the sidecar, as from within the pod. */
const envoyPorts: ReadonlySet<number> = new Set([15000, 15090]);

function addressOf({ plan, proxy }: RunningPod, port: number, { controlPlane }: PodStreamsOptions) {
  const socket = plan.role === 'control-plane' ? controlPlane.get(port) : undefined;
  if (socket !== undefined) return { path: socket };
  if (proxy && envoyPorts.has(port)) return { path: proxy.admin.socketPath };
  const found = plan.ports.find(({ containerPort }) => containerPort === port);
  if (!found) throw Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
  return { port: found.appPort, host: '127.0.0.1' };
}

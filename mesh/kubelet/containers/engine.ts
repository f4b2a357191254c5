import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createServer, connect as dial, type Server } from 'node:net';
import { promisify } from 'node:util';
import type { WayOut } from '#mesh/kubelet/containers/run-arguments.ts';
import { findExecutable } from '#mesh/kubelet/find-executable.ts';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { marker } from '#mesh/kubelet/process/mesh-processes.ts';
import type { Command } from '#mesh/kubelet/process/node-executable.ts';
import type { ProgramRun } from '#mesh/kubelet/process/supervised.ts';

const run = promisify(execFile);

export const engineNames = ['docker', 'podman'] as const;
export type EngineName = (typeof engineNames)[number];

/** What `docker run` ends with when there was no run: its client or daemon has refused. */
const REFUSED = 125;

/** An image cannot be had, or there is no engine. The message is what the engine says. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}

export interface EngineOptions {
  /** `docker`, `podman`, or whichever is on the PATH. */
  readonly wanted: EngineName | 'any';
  readonly env: NodeJS.ProcessEnv;
  /** Of the mesh: its containers carry it. */
  readonly label: string;
}

/** Docker or Podman, by their command line: it runs the real images of containers that no program here plays. */
export class ContainerEngine {
  readonly name: EngineName;
  readonly label: string;
  readonly #file: string;
  readonly #options: EngineOptions;
  readonly #relays = new Map<number, Promise<Server | undefined>>();
  #gateway: Promise<string | undefined> | undefined;

  private constructor(name: EngineName, file: string, options: EngineOptions) {
    this.name = name;
    this.label = options.label;
    this.#file = file;
    this.#options = options;
  }

  /**
   * Finds an engine that answers, and removes the containers that an earlier mesh of this label left behind.
   *
   * @throws EngineError
   */
  static async find(options: EngineOptions): Promise<ContainerEngine> {
    const names = options.wanted === 'any' ? engineNames : [options.wanted];
    for (const name of names) {
      const found = await findExecutable(name, { cwd: '/', PATH: options.env['PATH'] });
      if ('missing' in found) continue;
      const engine = new ContainerEngine(name, found.path, options);
      await engine.removeAll();
      return engine;
    }
    throw new EngineError(
      `--containers needs ${names.join(' or ')} on the PATH: install it, or leave --containers out`,
    );
  }

  /** The command that runs a container; its environment is the client's own beside what the container is given. */
  command({
    args,
    env,
  }: {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }): Command {
    return { command: this.#file, args, env: { ...this.#clientEnv(), ...env }, cwd: '/' };
  }

  /** A command within a running container. */
  inside(name: string, argv: readonly string[], { tty = false } = {}): Command {
    const args = ['exec', '-i', ...(tty ? ['-t'] : []), name, ...argv];
    return { command: this.#file, args, env: this.#clientEnv(), cwd: '/' };
  }

  /** Pulls an image as its `imagePullPolicy` wants it. @throws EngineError with what the engine says */
  async provide(image: string, policy: string): Promise<void> {
    const isThere = async () => this.#ask('image', 'inspect', '--format', '{{.Id}}', image).then(() => true);
    if (policy !== 'Always' && (await isThere().catch(() => false))) return;
    if (policy === 'Never')
      throw new EngineError(`the image ${image} is not there, and its policy is never to pull it`);
    await this.#ask('pull', '--quiet', image);
  }

  /** Begins a run in the foreground: what it writes goes to the log, and its end is the container's. */
  begin({ command, args, env, cwd }: Command, name: string, log: LogFile): ProgramRun {
    const output = log.descriptor;
    const from = log.size;
    const child = spawn(command, [...args], {
      cwd,
      env: { ...env, ...marker() },
      stdio: ['ignore', output, output],
    });
    const remove = () => void this.#ask('rm', '--force', name).catch(() => {});
    // Why it did not start is the last that the client wrote.
    const reason = () => log.read(from).trimEnd().split('\n').at(-1) || `${this.name} gives no reason`;
    return new ContainerRun(child, { remove, reason });
  }

  /**
   * How a container reaches a port of this machine's loopback: at the gateway of the engine's network, where a relay
   * listens for as long as the mesh runs; where that is no address of this machine, by the engine's name for it.
   */
  async wayOut(port: number): Promise<WayOut> {
    this.#gateway ??= this.#networkGateway();
    const gateway = await this.#gateway;
    if (gateway !== undefined && (await this.#relay(gateway, port))) return { host: gateway, options: [] };
    return this.name === 'docker'
      ? { host: 'host.docker.internal', options: ['--add-host', 'host.docker.internal:host-gateway'] }
      : { host: '10.0.2.2', options: ['--network', 'slirp4netns:allow_host_loopback=true'] };
  }

  /** Nobody goes out by this port any more. */
  async closeWay(port: number): Promise<void> {
    const relay = this.#relays.get(port);
    this.#relays.delete(port);
    (await relay)?.close();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#relays.keys()].map((port) => this.closeWay(port)));
    await this.removeAll();
  }

  /** Removes every container of this mesh, running or not. */
  async removeAll(): Promise<void> {
    const found = await this.#ask('ps', '--all', '--quiet', '--filter', `label=mesh101.mesh=${this.label}`);
    const ids = found.split('\n').filter(Boolean);
    if (ids.length > 0) await this.#ask('rm', '--force', ...ids);
  }

  async #networkGateway(): Promise<string | undefined> {
    const [network, format] =
      this.name === 'docker'
        ? ['bridge', '{{(index .IPAM.Config 0).Gateway}}']
        : ['podman', '{{(index .Subnets 0).Gateway}}'];
    const found = await this.#ask('network', 'inspect', network, '--format', format).catch(() => '');
    return /^[\d.]+$/.test(found.trim()) ? found.trim() : undefined;
  }

  async #relay(gateway: string, port: number): Promise<boolean> {
    const known = this.#relays.get(port) ?? listening(gateway, port);
    this.#relays.set(port, known);
    return (await known) !== undefined;
  }

  #clientEnv(): Record<string, string> {
    const all = Object.entries(this.#options.env);
    return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  async #ask(...args: readonly string[]): Promise<string> {
    try {
      return (await run(this.#file, [...args], { env: this.#clientEnv() })).stdout;
    } catch (error) {
      const { stderr = '', message } = error as { stderr?: string; message: string };
      throw new EngineError(stderr.trim() || message, { cause: error });
    }
  }
}

/** A run as `Supervised` sees it. SIGTERM goes to the client, which passes it on; SIGKILL would end the client alone. */
class ContainerRun extends EventEmitter implements ProgramRun {
  readonly #child: ChildProcess;
  readonly #remove: () => void;
  #begun = true;
  #killed = false;

  constructor(
    child: ChildProcess,
    { remove, reason }: { readonly remove: () => void; readonly reason: () => string },
  ) {
    super();
    this.#child = child;
    this.#remove = remove;
    child.once('error', (error) => this.#refused(error));
    child.once('exit', (code, signal) => {
      if (code !== REFUSED) this.emit('exit', code, signal);
      else this.#refused(new Error(reason()));
    });
  }

  get pid(): number | undefined {
    return this.#begun ? this.#child.pid : undefined;
  }

  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get signalCode(): NodeJS.Signals | null {
    return this.#child.signalCode;
  }

  kill(signal: NodeJS.Signals): boolean {
    this.#killed = true;
    if (signal !== 'SIGKILL') return this.#child.kill(signal);
    this.#remove();
    return true;
  }

  #refused(error: Error): void {
    this.#begun = false;
    // Whoever has ended it waits for its end.
    if (this.#killed) this.emit('exit', REFUSED, null);
    else this.emit('error', error);
  }
}

/** Passes connections to a gateway's port on to the same port of loopback; undefined where that cannot be listened at. */
function listening(gateway: string, port: number): Promise<Server | undefined> {
  const server = createServer((inner) => {
    const outer = dial(port, '127.0.0.1');
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.pipe(outer).pipe(inner);
  });
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(port, gateway, () => resolve(server));
  });
}

import { setTimeout as pause } from 'node:timers/promises';
import { envoyArguments } from '#mesh/envoy/arguments.ts';
import { bootstrap } from '#mesh/envoy/bootstrap.ts';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';
import { filesOf } from '#mesh/envoy/files.ts';
import type { Proxy as MeshProxy } from '#mesh/model/mesh.ts';
import { createBackoff } from '#mesh/run/process/backoff.ts';
import type { LogFile } from '#mesh/run/process/log-file.ts';
import { Supervised } from '#mesh/run/process/supervised.ts';
import { acknowledgement } from '#mesh/run/proxies/acknowledgement.ts';
import { AdminClient } from '#mesh/run/proxies/admin-client.ts';
import { ConfigDirectory, type Files } from '#mesh/run/proxies/config-directory.ts';
import type { Rejection } from '#mesh/run/proxies/rejection.ts';
import { steps } from '#mesh/run/proxies/steps.ts';
import { type RoutedListener, routedListeners } from '#mesh/run/proxies/version-barrier.ts';

const stopGrace = 2_000;

export interface ProxyProcessOptions {
  /** `pod.namespace`, for messages. */
  readonly name: string;
  readonly proxy: MeshProxy;
  readonly adminPort: number;
  readonly envoy: string;
  readonly directory: string;
  readonly log: LogFile;
  readonly onChange: () => void;
}

/** One Envoy: its process, the files that it reads, and what it has acknowledged. */
export class ProxyProcess {
  readonly name: string;
  readonly program: Supervised;
  readonly admin: AdminClient;
  readonly #directory: ConfigDirectory;
  readonly createdAt = new Date();
  readonly #options: ProxyProcessOptions;
  /** The texts on disk, with an empty version so that they can be compared. */
  #texts: Files = {};
  #versions = new Map<string, string>();
  #current: EnvoyConfig = { listeners: [], clusters: [], routes: {}, secrets: [] };
  #version = '';
  #listeners: readonly RoutedListener[] = [];
  #logOffset = 0;
  #live = false;
  #synced = false;

  constructor(options: ProxyProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.admin = new AdminClient(options.adminPort);
    this.#directory = new ConfigDirectory(options.directory);
    this.#directory.write({ 'bootstrap.json': JSON.stringify(bootstrap({ proxy: options.proxy }), null, 1) });
    this.program = new Supervised({
      log: options.log,
      backoff: createBackoff(),
      command: {
        command: options.envoy,
        args: envoyArguments({ bootstrap: 'bootstrap.json' }),
        cwd: options.directory,
        env: {},
      },
      onChange: ({ state }) => this.#onProgram(state === 'running'),
    });
  }

  /** Whether it runs with a configuration that it has acknowledged. */
  get ready(): boolean {
    return this.#live && this.#synced;
  }

  get synced(): boolean {
    return this.#synced;
  }

  get version(): string {
    return this.#version;
  }

  get config(): EnvoyConfig {
    return this.#current;
  }

  start(): void {
    this.program.start();
  }

  async stop(): Promise<void> {
    await this.program.stop(stopGrace);
    this.admin.close();
    this.#directory.destroy();
    this.program.log.close();
  }

  /** Writes secrets. Envoy takes them over by itself; nothing waits for that. */
  writeSecrets(files: Files): void {
    this.#directory.write(this.#changed(files));
    this.#texts = { ...this.#texts, ...files };
  }

  /**
   * Brings Envoy to a configuration, step by step, and resolves when its worker uses it. An Envoy that is not up yet
   * reads the files when it is.
   */
  async configure(
    to: EnvoyConfig,
    options: { version: string; proxy: MeshProxy },
  ): Promise<Rejection | undefined> {
    const from = this.#current;
    this.#current = to;
    this.#listeners = routedListeners(options.proxy);
    for (const step of this.#live ? steps(from, to) : [to]) {
      const rejection = await this.#take(step, options.version);
      if (rejection) {
        return rejection;
      }
    }
    this.#forget(to);
    this.#synced = this.#live;
    return undefined;
  }

  async #take(config: EnvoyConfig, version: string): Promise<Rejection | undefined> {
    const comparable = filesOf(config, '');
    const changed = Object.keys(this.#changed(comparable));
    if (changed.length === 0) {
      return undefined;
    }
    const texts = filesOf(config, version);
    const files = Object.fromEntries(changed.map((path) => [path, texts[path] ?? '']));
    this.#texts = { ...this.#texts, ...comparable };
    for (const [path, text] of Object.entries(files)) {
      this.#versions.set(path, versionOf(text));
    }
    this.#version = version;
    this.#logOffset = this.program.log.size;
    this.#directory.write(files);
    return this.#live ? this.#acknowledged() : undefined;
  }

  #changed(files: Files): Files {
    return Object.fromEntries(Object.entries(files).filter(([path, text]) => this.#texts[path] !== text));
  }

  /** Removes the files of resources that are gone. */
  #forget(config: EnvoyConfig): void {
    const kept = filesOf(config, '');
    const leaving = Object.keys(this.#texts).filter((path) => path.startsWith('rds/') && !(path in kept));
    this.#directory.remove(leaving);
    this.#texts = Object.fromEntries(Object.entries(this.#texts).filter(([path]) => !leaving.includes(path)));
    for (const path of leaving) {
      this.#versions.delete(path);
    }
  }

  async #acknowledged(): Promise<Rejection | undefined> {
    const reason = await acknowledgement({
      admin: this.admin,
      log: this.program.log,
      logOffset: this.#logOffset,
      versions: this.#versions,
      listeners: this.#listeners,
      isLive: () => this.#live,
    });
    return reason === undefined ? undefined : { proxy: this.name, reason };
  }

  #onProgram(running: boolean): void {
    this.#live = false;
    this.#synced = false;
    this.admin.rejectionsSeen = 0;
    if (running) {
      void this.#watchStart(this.program.pid);
    }
    this.#options.onChange();
  }

  /** From the start of the process to its first acknowledged configuration. */
  async #watchStart(pid: number | undefined): Promise<void> {
    const isSame = () => this.program.pid === pid;
    while (isSame() && !(await this.admin.isLive())) {
      await pause(15);
    }
    if (!isSame()) {
      return;
    }
    this.#live = true;
    const rejection = await this.#acknowledged();
    if (isSame() && !rejection) {
      this.#synced = true;
      this.#options.onChange();
    }
  }
}

function versionOf(text: string): string {
  return /"version_info":\s*"([^"]*)"/.exec(text)?.[1] ?? '';
}

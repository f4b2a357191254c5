import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { envoyArguments } from '#mesh/envoy/arguments.ts';
import { bootstrap, nodeId } from '#mesh/envoy/bootstrap.ts';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';
import type { Responses } from '#mesh/envoy/xds/responses.ts';
import type { Proxy as MeshProxy } from '#mesh/model/mesh.ts';
import { createBackoff } from '#mesh/run/process/backoff.ts';
import type { LogFile } from '#mesh/run/process/log-file.ts';
import { Supervised } from '#mesh/run/process/supervised.ts';
import { acknowledgement } from '#mesh/run/proxies/acknowledgement.ts';
import { AdminClient } from '#mesh/run/proxies/admin-client.ts';
import { OfferedConfig } from '#mesh/run/proxies/offered-config.ts';
import type { Rejection } from '#mesh/run/proxies/rejection.ts';
import { steps } from '#mesh/run/proxies/steps.ts';
import { type RoutedListener, routedListeners } from '#mesh/run/proxies/version-barrier.ts';
import type { Subscriptions } from '#mesh/run/xds/subscriptions.ts';
import type { XdsServer } from '#mesh/run/xds/xds-server.ts';

const stopGrace = 2_000;
const BOOTSTRAP = 'bootstrap.json';

export interface ProxyProcessOptions {
  /** `pod.namespace`, for messages. */
  readonly name: string;
  readonly proxy: MeshProxy;
  readonly adminPort: number;
  readonly envoy: string;
  readonly xds: XdsServer;
  /** Of its own, for its bootstrap. */
  readonly directory: string;
  readonly log: LogFile;
  readonly onChange: () => void;
}

/** One Envoy: its process, what it is told, and what it has acknowledged. */
export class ProxyProcess {
  readonly name: string;
  readonly program: Supervised;
  readonly admin: AdminClient;
  readonly createdAt = new Date();
  readonly #options: ProxyProcessOptions;
  readonly #subscriptions: Subscriptions;
  readonly #offered: OfferedConfig;
  #current: EnvoyConfig = { listeners: [], clusters: [], routes: {}, secrets: [] };
  #listeners: readonly RoutedListener[] = [];
  #logOffset = 0;
  #live = false;
  #synced = false;

  constructor(options: ProxyProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.admin = new AdminClient(options.adminPort);
    this.#subscriptions = options.xds.open(nodeId(options.proxy));
    this.#offered = new OfferedConfig(this.#subscriptions);
    writeBootstrap(options);
    this.program = new Supervised({
      log: options.log,
      backoff: createBackoff(),
      command: {
        command: options.envoy,
        args: envoyArguments({ bootstrap: BOOTSTRAP }),
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
    return this.#offered.version;
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
    this.#options.xds.remove(nodeId(this.#options.proxy));
    rmSync(this.#options.directory, { recursive: true, force: true });
    this.program.log.close();
  }

  /** Offers secrets. Nothing waits until Envoy has taken them over. */
  offerSecrets(secrets: Responses): void {
    this.#subscriptions.offer(secrets);
  }

  /**
   * Brings Envoy to a configuration, step by step, and resolves when its worker uses it. An Envoy that is not up yet
   * asks for it when it is.
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
    this.#offered.withdrawAllBut(to);
    this.#synced = this.#live;
    return undefined;
  }

  async #take(config: EnvoyConfig, version: string): Promise<Rejection | undefined> {
    const logOffset = this.program.log.size;
    if (!this.#offered.offer(config, version)) {
      return undefined;
    }
    this.#logOffset = logOffset;
    return this.#live ? this.#acknowledged() : undefined;
  }

  async #acknowledged(): Promise<Rejection | undefined> {
    const reason = await acknowledgement({
      admin: this.admin,
      log: this.program.log,
      logOffset: this.#logOffset,
      versions: this.#offered.versions,
      listeners: this.#listeners,
      isLive: () => this.#live,
    });
    return reason === undefined ? undefined : { proxy: this.name, reason };
  }

  #onProgram(running: boolean): void {
    this.#live = false;
    this.#synced = false;
    this.admin.rejectionsSeen = 0;
    this.#subscriptions.forget();
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

function writeBootstrap({ directory, proxy, xds }: ProxyProcessOptions): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const text = JSON.stringify(bootstrap({ proxy, xdsSocket: xds.socket }), null, 1);
  writeFileSync(join(directory, BOOTSTRAP), text, { mode: 0o600 });
}

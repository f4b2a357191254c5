import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bootstrap, envoyArguments, nodeId } from '#mesh/istiod/envoy/bootstrap.ts';
import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import type { Proxy as MeshProxy } from '#mesh/istiod/model/mesh.ts';
import { acknowledgement, type Rejection } from '#mesh/istiod/xds/acknowledgement.ts';
import { AdminClient } from '#mesh/istiod/xds/admin-client.ts';
import type { OfferedConfig } from '#mesh/istiod/xds/offered-config.ts';
import { type Kind, kinds } from '#mesh/istiod/xds/resources.ts';
import { steps } from '#mesh/istiod/xds/steps.ts';
import { type RoutedListener, routedListeners } from '#mesh/istiod/xds/version-barrier.ts';
import type { XdsServer } from '#mesh/istiod/xds/xds-server.ts';
import { createBackoff } from '#mesh/kubelet/process/backoff.ts';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { Supervised } from '#mesh/kubelet/process/supervised.ts';

const stopGrace = 2_000;
const NOTHING: EnvoyConfig = { listeners: [], clusters: [], endpoints: {}, routes: {}, secrets: [] };
const BOOTSTRAP = 'bootstrap.json';

export interface ProxyProcessOptions {
  /** `pod.namespace`, for messages. */
  readonly name: string;
  readonly proxy: MeshProxy;
  /** Where its admin interface is. */
  readonly adminSocket: string;
  readonly envoy: string;
  /** Of its program. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly xds: XdsServer;
  /** Of its own, for its bootstrap. */
  readonly directory: string;
  readonly log: LogFile;
  readonly onChange: () => void;
}

/** One Envoy: its process, the configuration offered to it, and what it has acknowledged. */
export class ProxyProcess {
  readonly name: string;
  readonly program: Supervised;
  readonly admin: AdminClient;
  readonly createdAt = new Date();
  readonly #options: ProxyProcessOptions;
  readonly #offered: OfferedConfig;
  #current: EnvoyConfig = NOTHING;
  /** What it has acknowledged, or takes over in its own time. */
  #taken: EnvoyConfig = NOTHING;
  #listeners: readonly RoutedListener[] = [];
  #live = false;
  #synced = false;
  #late = false;
  /** Aborted when the process that runs now has ended. */
  #ended = new AbortController();

  constructor(options: ProxyProcessOptions) {
    this.name = options.name;
    this.#options = options;
    this.admin = new AdminClient(options.adminSocket);
    this.#offered = options.xds.open(nodeId(options.proxy));
    writeBootstrap(options);
    this.program = new Supervised({
      log: options.log,
      backoff: createBackoff(),
      command: {
        command: options.envoy,
        args: envoyArguments({ bootstrap: BOOTSTRAP }),
        cwd: options.directory,
        env: options.environment ?? {},
      },
      onChange: ({ state }) => this.#onProgram(state === 'running'),
    });
  }

  /** Whether it runs with an acknowledged configuration, even if not the newest. */
  get serves(): boolean {
    return this.#live && this.#synced;
  }

  /** Whether it has acknowledged the newest as well. */
  get ready(): boolean {
    return this.serves && !this.#late;
  }

  get config(): EnvoyConfig {
    return this.#current;
  }

  /** Who it is for the mesh, with the metadata of its node. */
  get proxy(): MeshProxy {
    return this.#options.proxy;
  }

  /** From each resource (`routes/http_proxy`) to the version that it was last offered. */
  get offered(): ReadonlyMap<string, string> {
    return this.#offered.versions;
  }

  /** When it was last offered anything new. */
  get offeredAt(): Date {
    return this.#offered.changedAt;
  }

  /** Those of `offered` that it has not acknowledged yet. */
  get pending(): readonly string[] {
    return this.#offered.pending;
  }

  start(): void {
    this.program.start();
  }

  async stop(): Promise<void> {
    await this.program.stop(stopGrace);
    this.admin.close();
    this.#options.xds.remove(nodeId(this.#options.proxy));
    for (const path of [this.#options.directory, this.#options.adminSocket]) {
      rmSync(path, { recursive: true, force: true });
    }
    this.program.log.close();
  }

  /** Offers secrets, without waiting for Envoy to use them. */
  offerSecrets(secrets: ReadonlyMap<string, JsonObject>, version: string): void {
    this.#offered.offerSecrets(secrets, version);
  }

  /**
   * Brings Envoy to a configuration, step by step, and resolves when its worker uses it. An Envoy that is not up yet
   * asks for it when it is.
   */
  async configure(
    to: EnvoyConfig,
    options: { version: string; proxy: MeshProxy },
  ): Promise<Rejection | undefined> {
    const from = this.#taken;
    const { pid } = this.program;
    const wasLive = this.#live;
    this.#current = to;
    this.#listeners = routedListeners(options.proxy);
    const way = this.#live && from !== to ? steps(from, to) : [to];
    for (const step of way) {
      const rejection = await this.#take(step, options.version);
      if (!rejection || rejection.isLate) this.#taken = step;
      if (rejection) {
        if (rejection.isLate) {
          this.#late = true;
          void this.#catchUp(pid);
        }
        return rejection;
      }
    }
    // One that has come up meanwhile is still being watched.
    if (wasLive && this.#isRun(pid)) this.#synced = true;
    return undefined;
  }

  async #take(config: EnvoyConfig, version: string): Promise<Rejection | undefined> {
    const changed = this.#offered.offer(config, version);
    return this.#live && changed.size > 0 ? this.#acknowledged(changed) : undefined;
  }

  async #acknowledged(changed: ReadonlySet<Kind>): Promise<Rejection | undefined> {
    const rejection = await acknowledgement({
      ...{ admin: this.admin, offered: this.#offered, listeners: this.#listeners },
      ...{ kinds: changed, ended: this.#ended.signal },
    });
    return rejection && { proxy: this.name, ...rejection };
  }

  #onProgram(running: boolean): void {
    this.#live = false;
    this.#synced = false;
    this.#late = false;
    this.#ended.abort();
    this.#ended = new AbortController();
    if (running) {
      void this.#watchStart(this.program.pid, this.#ended.signal);
    }
    this.#options.onChange();
  }

  /** From the start of the process to its first acknowledged configuration. */
  async #watchStart(pid: number | undefined, ended: AbortSignal): Promise<void> {
    await this.#offered.settled(ended).catch(() => {});
    while (this.#isRun(pid) && !(await this.admin.isLive())) {
      await pause(15);
    }
    if (this.#isRun(pid)) {
      this.#live = true;
      await this.#catchUp(pid);
    }
  }

  /** Not ready until it has acknowledged its configuration, however long that takes. */
  async #catchUp(pid: number | undefined): Promise<void> {
    const all = new Set(kinds);
    let rejection = await this.#acknowledged(all);
    while (this.#isRun(pid) && rejection?.isLate) rejection = await this.#acknowledged(all);
    if (this.#isRun(pid) && !rejection) {
      this.#synced = true;
      this.#late = false;
      this.#options.onChange();
    }
  }

  #isRun(pid: number | undefined): boolean {
    return pid !== undefined && this.program.pid === pid;
  }
}

function writeBootstrap({ directory, proxy, xds, adminSocket }: ProxyProcessOptions): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const text = JSON.stringify(bootstrap({ proxy, xdsSocket: xds.socket, adminSocket }), null, 1);
  writeFileSync(join(directory, BOOTSTRAP), text, { mode: 0o600 });
}

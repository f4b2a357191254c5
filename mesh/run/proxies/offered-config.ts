import { isDeepStrictEqual } from 'node:util';
import type { EnvoyConfig } from '#mesh/envoy/config.ts';
import { type Responses, responsesOf } from '#mesh/envoy/xds/responses.ts';
import { routesNamed } from '#mesh/envoy/xds/source.ts';
import type { Subscriptions } from '#mesh/run/xds/subscriptions.ts';

/** What one Envoy has been offered: only what differs is offered again. */
export class OfferedConfig {
  readonly #subscriptions: Subscriptions;
  /** With an empty version, so that it can be compared. */
  #last: Responses = {};
  #version = '';
  readonly #versions = new Map<string, string>();

  constructor(subscriptions: Subscriptions) {
    this.#subscriptions = subscriptions;
  }

  /** Of the last offer that held anything new. */
  get version(): string {
    return this.#version;
  }

  /** From each resource (`routes/http_proxy`) to the version that the Envoy is to show. */
  get versions(): ReadonlyMap<string, string> {
    return this.#versions;
  }

  /** Offers what is new, under this version. Returns whether anything was. */
  offer(config: EnvoyConfig, version: string): boolean {
    const comparable = responsesOf(config, '');
    const isNew = (name: string) => !isDeepStrictEqual(comparable[name], this.#last[name]);
    const names = new Set(Object.keys(comparable).filter(isNew));
    if (names.size === 0) {
      return false;
    }
    const changed = Object.entries(responsesOf(config, version)).filter(([name]) => names.has(name));
    this.#last = { ...this.#last, ...comparable };
    this.#version = version;
    for (const [name, { version_info }] of changed) {
      this.#versions.set(name, version_info);
    }
    this.#subscriptions.offer(Object.fromEntries(changed));
    return true;
  }

  /** Withdraws the routes that `config` has no more. */
  withdrawAllBut(config: EnvoyConfig): void {
    const kept = new Set(Object.keys(config.routes).map(routesNamed));
    const isLeaving = (name: string) => name.startsWith(routesNamed('')) && !kept.has(name);
    const leaving = Object.keys(this.#last).filter(isLeaving);
    this.#subscriptions.withdraw(leaving);
    this.#last = Object.fromEntries(Object.entries(this.#last).filter(([name]) => !isLeaving(name)));
    for (const name of leaving) {
      this.#versions.delete(name);
    }
  }
}

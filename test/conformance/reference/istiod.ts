import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import { CONTROL_PLANE } from '#test/conformance/reference/addresses.ts';
import { marker, referenceWorld } from '#test/conformance/reference/manifests.ts';
import { holds, logFile, start } from '#test/conformance/reference/processes.ts';
import { send } from '#test/conformance/send.ts';
import type { Verdict } from '#test/conformance/side.ts';
import { EXTENSION_PROVIDERS } from '#test/conformance/world.ts';

const LISTENING = 20_000;
/** Upstream's Envoy has no filters of these names. */
const ENVIRONMENT = { PILOT_ENABLE_METADATA_EXCHANGE: 'false', PILOT_ENABLE_ALPN_FILTER: 'false' };

/** Istiod's generator on an in-memory Kubernetes, which reads a folder of manifests. */
export class Istiod {
  readonly #home: string;
  #pushes = 0;

  private constructor(home: string) {
    this.#home = home;
  }

  /** Resolves when it listens, with the world in it. */
  static async start(home: string, program: string): Promise<Istiod> {
    const istiod = new Istiod(home);
    mkdirSync(join(home, 'conf'));
    istiod.#write('00-world', referenceWorld());
    istiod.push([]);
    const config = join(home, 'mesh.yaml');
    writeFileSync(config, stringify(meshConfig()));
    const at = (port: number) => `${CONTROL_PLANE}:${port}`;
    const files = ['-poll', '100ms', '-dir', join(home, 'conf'), '-mesh', config];
    const addresses = ['-addr', at(15010), '-sds', at(15013), '-debug', at(15014)];
    start({ home, name: 'istiod', command: [program, ...files, ...addresses], env: ENVIRONMENT });
    if (!(await holds(listens, LISTENING)))
      throw new Error(`istiod does not listen: ${logFile(home, 'istiod')}`);
    return istiod;
  }

  /** Hands over the objects that are applied; gives what a sidecar answers at the marker's host once it has them. */
  push(objects: readonly Draft[]): string {
    this.#pushes += 1;
    this.#write('50-case', objects.map((object) => stringify(object)).join('---\n'));
    this.#write('60-marker', stringify(marker(this.#pushes)));
    return `${this.#pushes}`;
  }

  /** How far its log reaches. */
  logEnd(): number {
    return statSync(logFile(this.#home, 'istiod')).size;
  }

  /** What the log says from there on: `REJECTED reason`, `WARNING text`, a longer text on further lines. */
  verdictSince(start: number): Verdict {
    const log = readFileSync(logFile(this.#home, 'istiod')).subarray(start).toString('utf8');
    const said = [...log.matchAll(/^(REJECTED|WARNING|UNKNOWN|FATAL) (.*(?:\n\s+\S.*)*)/gm)];
    const texts = (kinds: readonly string[]) => {
      const chosen = said.filter(([, kind = '']) => kinds.includes(kind));
      return [...new Set(chosen.map(([, , text = '']) => text.replace(/\s+/g, ' ').trim()))];
    };
    const refused = texts(['REJECTED', 'FATAL']);
    return {
      warned: texts(['WARNING', 'UNKNOWN']),
      ...(refused.length > 0 && { refused: refused.join('; ') }),
    };
  }

  /** In one step, so that istiod reads no half of a file. */
  #write(name: string, text: string): void {
    const draft = join(this.#home, 'conf', `.${name}`);
    writeFileSync(draft, text);
    renameSync(draft, join(this.#home, 'conf', `${name}.yaml`));
  }
}

function meshConfig(): object {
  return {
    ...{
      enablePrometheusMerge: false,
      enableTracing: false,
      defaultProviders: {},
      trustDomain: 'cluster.local',
    },
    ...{ accessLogFile: '/dev/stdout', outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } },
    defaultConfig: { discoveryAddress: '127.0.0.1:15012' },
    extensionProviders: EXTENSION_PROVIDERS,
  };
}

async function listens(): Promise<boolean> {
  const shot = {
    address: CONTROL_PLANE,
    port: 15010,
    method: 'TCP',
    target: '',
    headers: [],
    id: '',
    deadline: 100,
  };
  return (await send(shot)).error !== 'refused';
}

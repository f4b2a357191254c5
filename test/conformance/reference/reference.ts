import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import { type Certificates, writeSecrets } from '#test/conformance/certificates.ts';
import type { Question } from '#test/conformance/question.ts';
import {
  GATEWAY,
  OUTSIDE,
  OUTSIDE_PORTS,
  placeOf,
  podAddress,
} from '#test/conformance/reference/addresses.ts';
import { bootstrap, type ProxyOptions } from '#test/conformance/reference/bootstrap.ts';
import { Istiod } from '#test/conformance/reference/istiod.ts';
import { MARKER_HOST, withFiles } from '#test/conformance/reference/manifests.ts';
import { NetworkPod } from '#test/conformance/reference/network-pod.ts';
import { bridge, holds, network, start } from '#test/conformance/reference/processes.ts';
import { type Answer, type Shot, send } from '#test/conformance/send.ts';
import { filled, inPlace, Notes, placesOf, type Side, type Verdict } from '#test/conformance/side.ts';
import { createTokens } from '#test/conformance/tokens.ts';
import { echoEnvironment, PODS, serviceAccountOf } from '#test/conformance/world.ts';

/** The programs that the reference is made of. */
export interface Programs {
  /** istiod's generator of configuration on an in-memory Kubernetes: fakeistiod. */
  readonly istiod: string;
  readonly envoy: string;
  /** For its istio-iptables. */
  readonly pilotAgent: string;
}

const PLACES = placesOf(
  OUTSIDE,
  OUTSIDE_PORTS,
  Object.fromEntries(Object.keys(PODS).map((pod) => [pod, podAddress(pod)])),
);
/** A case may take the marker from a sidecar's sight; then it has had the time, in milliseconds. */
const ARRIVAL = 3_000;
/** The gateway has no marker. */
const SETTLING = 300;

/**
 * The real control plane with plain Envoys: each pod a network namespace with Istio's own iptables. To be run as root in
 * a network, mount and process namespace of its own, whose end ends everything.
 */
export class Reference implements Side {
  readonly #tokens = createTokens();
  readonly fill = (text: string) => inPlace(text, this.#tokens, PLACES);
  readonly notes: Notes;
  readonly #pods: ReadonlyMap<string, NetworkPod>;
  readonly #istiod: Istiod;
  readonly #client: Certificates['client'];
  #applied: Draft[] = [];

  private constructor(parts: ReferenceParts) {
    this.notes = new Notes(parts.echoes);
    this.#pods = parts.pods;
    this.#istiod = parts.istiod;
    this.#client = parts.client;
  }

  /** @param home an empty folder that the proxies' user may read */
  static async start(home: string, programs: Programs): Promise<Reference> {
    const echoes = join(home, 'echo');
    for (const folder of [join(home, 'log'), echoes]) mkdirSync(folder);
    for (const folder of [home, join(home, 'log')]) chmodSync(folder, 0o777);
    copyFileSync(programs.envoy, join(home, 'envoy'));
    chmodSync(join(home, 'envoy'), 0o755);
    const { client } = await writeSecrets(echoes);
    bridge();
    const istiod = await Istiod.start(home, programs.istiod);
    const pods = new Map<string, NetworkPod>();
    for (const name of Object.keys(PODS)) pods.set(name, await startPod({ name, home, echoes, programs }));
    startGateway(home);
    network('ext', OUTSIDE);
    for (const [index, name] of ['ext', 'ext2'].entries())
      pods.set(name, await startOutside(name, index, echoes));
    const reference = new Reference({ echoes, pods, istiod, client });
    await reference.#push();
    return reference;
  }

  async apply(objects: readonly Draft[]): Promise<Verdict> {
    this.#applied.push(...filled(objects, this.#tokens, PLACES).map(withFiles));
    const start = this.#istiod.logEnd();
    await this.#push();
    return this.#istiod.verdictSince(start);
  }

  async clear(): Promise<void> {
    this.#applied = [];
    await this.#push();
  }

  /** Resolves when every sidecar answers as the push's marker says. */
  async #push(): Promise<void> {
    const expected = this.#istiod.push(this.#applied);
    const shot = { address: OUTSIDE, port: 80, method: 'GET', target: '/', id: 'marker', deadline: 2000 };
    const headers = [['host', MARKER_HOST] as const];
    const sidecars = Object.keys(PODS).filter((name) => PODS[name]?.sidecar !== false);
    await Promise.all(
      sidecars.map((name) =>
        holds(
          async () => (await this.#pods.get(name)?.send({ ...shot, headers }))?.body === expected,
          ARRIVAL,
        ),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, SETTLING));
  }

  ask(question: Question, id: string): Promise<Answer> {
    const { from, method, request, path, headers, gatewayPort } = question;
    const shot: Omit<Shot, 'address' | 'port'> = {
      ...{ method, id, target: path, deadline: request.patience ?? 8000 },
      headers: [['host', question.authority], ...headers],
      ...(request.body !== undefined && { body: request.body }),
      ...(request.tls && { tls: { ...request.tls, ...(request.tls.client && this.#client) } }),
    };
    if (from === 'gw') {
      const port =
        new Map([
          [80, 8080],
          [443, 8443],
        ]).get(gatewayPort) ?? gatewayPort;
      return send({ ...shot, address: GATEWAY.address, port });
    }
    const place = placeOf(from, question.host, question.port);
    const pod = this.#pods.get(from);
    if (!pod) throw new Error(`no pod ${from}`);
    return pod.send({ ...shot, ...place, ...(request.address && { address: request.address }) });
  }

  async cluster(pod: string, name: string): Promise<unknown> {
    const url = 'http://127.0.0.1:15000/config_dump?resource=dynamic_active_clusters';
    const words = ['netns', 'exec', pod, 'curl', '--silent', url];
    const { configs = [] } = JSON.parse(
      execFileSync('ip', words, { encoding: 'utf8', maxBuffer: 1 << 26 }),
    ) as {
      configs?: { cluster?: { name?: string } }[];
    };
    return configs.find(({ cluster }) => cluster?.name === this.fill(name))?.cluster;
  }
}

interface ReferenceParts {
  readonly echoes: string;
  readonly pods: ReadonlyMap<string, NetworkPod>;
  readonly istiod: Istiod;
  readonly client: Certificates['client'];
}

interface PodStart {
  readonly name: string;
  readonly home: string;
  readonly echoes: string;
  readonly programs: Programs;
}

async function startPod({ name, home, echoes, programs }: PodStart): Promise<NetworkPod> {
  const { sidecar, labels = {}, namespace = '' } = PODS[name] ?? {};
  network(name, podAddress(name));
  if (sidecar !== false) {
    const redirect = '-p 15001 -z 15006 -u 1337 -g 1337 -m REDIRECT -i * -b * -d 15090,15021,15020'.split(
      ' ',
    );
    const words = ['netns', 'exec', name, programs.pilotAgent, 'istio-iptables', ...redirect, '-x', ''];
    execFileSync('ip', words, { stdio: 'ignore' });
    startProxy(home, name, {
      ...{ kind: 'sidecar', address: podAddress(name), pod: `${name}-0`, namespace },
      labels: { ...labels, 'security.istio.io/tlsMode': 'istio' },
      serviceAccount: serviceAccountOf(name),
    });
  }
  return NetworkPod.start(name, { ...echoEnvironment(name), ECHO_HOME: echoes });
}

function startGateway(home: string): void {
  const { name, namespace, address } = GATEWAY;
  network('gw', address);
  startProxy(home, 'gw', {
    ...{ kind: 'router', address, pod: `${name}-0`, namespace, serviceAccount: `${name}-service-account` },
    labels: { istio: 'ingressgateway', app: name },
  });
}

function startOutside(name: string, index: number, echoes: string): Promise<NetworkPod> {
  const { http = 0, tls = 0, tcp = 0 } = OUTSIDE_PORTS[index] ?? {};
  const ports = { HTTP_PORTS: `${http}`, TLS_PORT: `${tls}`, TCP_PORT: `${tcp}` };
  return NetworkPod.start('ext', { ...ports, POD: name, ECHO_HOME: echoes });
}

function startProxy(home: string, namespace: string, options: ProxyOptions): void {
  const file = join(home, `${namespace}.json`);
  writeFileSync(file, JSON.stringify(bootstrap(options)));
  const user = 'setpriv --reuid 1337 --regid 1337 --clear-groups'.split(' ');
  const drain = '--concurrency 1 --drain-time-s 1 --drain-strategy immediate -l warning'.split(' ');
  const id = `${3001 + Object.keys(PODS).indexOf(namespace)}`;
  const words = [join(home, 'envoy'), '-c', file, '--base-id', id, ...drain];
  start({ home, name: `envoy-${namespace}`, command: ['ip', 'netns', 'exec', namespace, ...user, ...words] });
}

import { apiVersionOf, resourceTypes } from '#mesh/apiserver/shapes/resources.ts';
import type { Client } from '#mesh/run/client.ts';
import { type Draft, KubeError } from '#mesh/run/testing/kube-client.ts';
import { type LaptopWorld, startWorld } from '#test/conformance/laptop/start-world.ts';
import type { Question } from '#test/conformance/question.ts';
import { type Answer, type Shot, send } from '#test/conformance/send.ts';
import {
  filled,
  inPlace,
  Notes,
  type Places,
  placesOf,
  type Side,
  type Verdict,
} from '#test/conformance/side.ts';
import { createTokens } from '#test/conformance/tokens.ts';
import { PODS } from '#test/conformance/world.ts';

const PATIENCE = 8000;

/** The laptop mesh with the world in it. Manifests go to its Kubernetes API, requests as its pods would send them. */
export class Laptop implements Side {
  readonly #tokens = createTokens();
  readonly notes: Notes;
  readonly #world: LaptopWorld;
  readonly #places: Places;
  /** The pods' whole names. */
  readonly #names: ReadonlyMap<string, string>;
  readonly fill = (text: string) => inPlace(text, this.#tokens, this.#places);
  #applied: Draft[] = [];
  /** Where requests have gone since the last change. */
  #ways = new Map<string, Way>();

  private constructor(world: LaptopWorld, pods: readonly WorldPod[]) {
    this.#world = world;
    this.#names = new Map(pods.map(({ pod, name }) => [pod, name]));
    this.notes = new Notes(world.echoes);
    const addresses = Object.fromEntries(pods.map(({ pod, address }) => [pod, address]));
    this.#places = placesOf('127.0.0.1', world.outside, addresses);
  }

  static async start(): Promise<Laptop> {
    const world = await startWorld();
    return new Laptop(world, await podsOf(world.client));
  }

  async apply(objects: readonly Draft[]): Promise<Verdict> {
    this.#ways.clear();
    const results = await Promise.all(
      filled(objects, this.#tokens, this.#places).map((one) => this.#create(one)),
    );
    const refusals = results.flatMap(({ refused }) => (refused === undefined ? [] : [refused]));
    const warned = results.flatMap((result) => result.warned);
    return { warned, ...(refusals[0] !== undefined && { refused: refusals.join('; ') }) };
  }

  async #create(object: Draft): Promise<Verdict> {
    try {
      const { warnings } = await this.#world.kube.create(resourceOf(object), object);
      this.#applied.push(object);
      return { warned: warnings };
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      return { refused: error.message, warned: [] };
    }
  }

  async clear(): Promise<void> {
    this.#ways.clear();
    const objects = this.#applied;
    this.#applied = [];
    await Promise.all(
      objects.map((object) =>
        this.#world.kube.delete(resourceOf(object), object.metadata.name, object.metadata.namespace),
      ),
    );
  }

  async ask(question: Question, id: string): Promise<Answer> {
    const { method, request, headers, authority } = question;
    const shot = {
      ...{ method, id, deadline: request.patience ?? PATIENCE },
      headers: [['host', authority] as const, ...headers],
      ...(request.body !== undefined && { body: request.body }),
      ...(request.tls && { tls: { ...request.tls, ...(request.tls.client && this.#world.certificate) } }),
    };
    const way = await this.#wayOf(question);
    return way ? send({ ...shot, ...way }) : { error: 'refused', seconds: 0 };
  }

  async #wayOf(question: Question): Promise<Way | undefined> {
    const { from, method, host, port, path, authority, gatewayPort, request } = question;
    const key = JSON.stringify([from, method, host, port, path, authority, gatewayPort, request.tls]);
    const known = this.#ways.get(key);
    if (known) return known;
    const way = await (from === 'gw' ? this.#throughGateway(question) : this.#fromPod(question));
    if (way) this.#ways.set(key, way);
    return way;
  }

  async #throughGateway({ gatewayPort, path }: Question): Promise<Way | undefined> {
    const { urls } = await this.#world.client.overview();
    const url = urls.find(({ name }) => name === `gateway port ${gatewayPort}`)?.url;
    return url === undefined
      ? undefined
      : { address: '127.0.0.1', port: Number(new URL(`${url}/`).port), target: path };
  }

  async #fromPod({ from, method, host, port, path, authority, request }: Question): Promise<Way | undefined> {
    const name = this.#names.get(from);
    if (name === undefined) throw new Error(`no pod ${from}`);
    const { env } = await this.#world.client.execTarget({ name, namespace: PODS[from]?.namespace ?? '' });
    const place = `${host}:${port}`;
    if (method === 'TCP') return hostMapped(env['HOST_MAP'] ?? '', place);
    const proxy = new URL(env['HTTP_PROXY'] ?? '');
    const target = request.tls ? path : `http://${authority}${path}`;
    return { address: '127.0.0.1', port: Number(proxy.port), target, ...(request.tls && { through: place }) };
  }

  async cluster(pod: string, name: string): Promise<unknown> {
    const { pods } = await this.#world.client.overview();
    const full = pod === 'gw' ? /^istio-ingressgateway-/ : this.#names.get(pod);
    const found = pods.find((one) => (full instanceof RegExp ? full.test(one.name) : one.name === full));
    const response = await fetch(`${found?.adminUrl}/config_dump?resource=dynamic_active_clusters`);
    const { configs = [] } = (await response.json()) as { configs?: { cluster?: { name?: string } }[] };
    return configs.find(({ cluster }) => cluster?.name === this.fill(name))?.cluster;
  }

  close(): Promise<void> {
    return this.#world.end();
  }
}

type Way = Pick<Shot, 'address' | 'port' | 'target' | 'through'>;

function hostMapped(map: string, place: string): Way | undefined {
  const entry = map.split(',').find((one) => one.startsWith(`${place}=`));
  const [address, port] = entry?.slice(place.length + 1).split(':') ?? [];
  return address === undefined ? undefined : { address, port: Number(port), target: '' };
}

interface WorldPod {
  readonly pod: string;
  /** In full. */
  readonly name: string;
  readonly address: string;
}

async function podsOf(client: Client): Promise<readonly WorldPod[]> {
  const pods = await client.objects({ kind: 'Pod' });
  return pods.map(({ metadata: { name }, status }) => {
    const { podIP = '' } = status as { readonly podIP?: string };
    return { pod: name.replace(/-[^-]+-[^-]+$/, ''), name, address: podIP };
  });
}

function resourceOf({ apiVersion, kind }: Draft): string {
  const type = resourceTypes().find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
  if (!type) throw new Error(`the API serves no ${kind} of ${apiVersion}`);
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return [type.plural, version, group].filter(Boolean).join('.');
}

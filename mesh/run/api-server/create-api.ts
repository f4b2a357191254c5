import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { parseAllDocuments } from 'yaml';
import { Api } from '#mesh/apiserver/api.ts';
import { NamespaceLifecycle } from '#mesh/apiserver/deletion.ts';
import { kubernetesVersion } from '#mesh/apiserver/http/paths.ts';
import type { KindFacts } from '#mesh/apiserver/kind-facts.ts';
import { builtInRules } from '#mesh/apiserver/kinds/built-in-rules.ts';
import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import { type DraftObject, timestamp } from '#mesh/apiserver/object.ts';
import type { Admission } from '#mesh/apiserver/rules.ts';
import { crd, crdNames } from '#mesh/apiserver/shapes/definitions.ts';
import { Store } from '#mesh/apiserver/store/store.ts';
import { printers } from '#mesh/apiserver/table/printers.ts';
import { serviceHost } from '#mesh/istiod/config/build/hosts.ts';
import { freeNodePort, nodePortKey } from '#mesh/istiod/config/build/node-ports.ts';
import { clusterIpOf } from '#mesh/istiod/config/build/services.ts';
import { mutation, nodeName } from '#mesh/run/api-server/mutate.ts';

/** The API that a mesh serves, and its store. */
export interface Storage {
  readonly store: Store;
  readonly kinds: Kinds;
  readonly facts: KindFacts;
}

export function createStorage(): Storage {
  const store = new Store();
  const addresses = {
    clusterIp: ({ name, namespace }: ServiceName) => clusterIpOf(serviceHost(name, namespace)),
    nodePort: (
      { name, namespace, port }: ServiceName & { readonly port: number },
      taken: ReadonlySet<number>,
    ) => freeNodePort(nodePortKey(serviceHost(name, namespace), port), taken),
    services: () => store.list('services'),
  };
  const kinds = new Kinds(builtInRules({ addresses }));
  const facts: KindFacts = {
    printer: printers((type) => kinds.definitionOf(type)),
    patchSchema: (type, version) => kinds.patchSchema(type, version),
    applied: (before, wanted, options) => kinds.applied(before, wanted, options),
  };
  return { store, kinds, facts };
}

interface ServiceName {
  readonly name: string;
  readonly namespace: string;
}

/** The one way to write into a mesh's store. */
export function createApi({ store, kinds }: Storage, admit: Admission): Api {
  return new Api({
    store,
    types: kinds.types,
    rules: kinds,
    managers: kinds,
    admit,
    mutate: mutation(store),
    namespaces: new NamespaceLifecycle(store, kinds.types),
  });
}

const file = new URL('../apply/system.yaml', import.meta.url);

/** Writes what a fresh cluster with Istio has: namespaces, the control plane and its gateway, the node, the definitions. @param roots PEM: who vouches for the webhooks. */
export async function install(api: Api, roots: string): Promise<void> {
  const drafts = parseAllDocuments(readFileSync(file, 'utf8')).map((document) =>
    withAuthority(document.toJS() as DraftObject, roots),
  );
  const namespaces = drafts.filter(({ kind }) => kind === 'Namespace');
  const rest = drafts.filter(({ kind }) => kind !== 'Namespace');
  const definitions = crdNames().map((name) => crd(name) as unknown as DraftObject);
  // Writes of the same moment go to the Envoys together.
  for (const group of [namespaces, [nodeObject(), ...rest, ...definitions]])
    await Promise.all(group.map((draft) => create(api, draft)));
}

interface Webhook {
  readonly clientConfig: object;
}

/** Webhooks name the authority of their certificates, which is a new one with each mesh. */
function withAuthority(draft: DraftObject, roots: string): DraftObject {
  const webhooks = draft['webhooks'] as readonly Webhook[] | undefined;
  if (!webhooks) return draft;
  const caBundle = Buffer.from(roots).toString('base64');
  return {
    ...draft,
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { ...webhook.clientConfig, caBundle },
    })),
  };
}

async function create(api: Api, draft: DraftObject): Promise<void> {
  const type = api.types.ofKind(draft.apiVersion, draft.kind);
  if (!type) throw new Error(`the API has no ${draft.apiVersion} ${draft.kind}`);
  const { namespace } = draft.metadata;
  const options = { manager: 'mesh-install', fieldValidation: 'Ignore', trusted: true } as const;
  const { object } = await api.create(type, draft, { ...options, namespace });
  const { status } = draft;
  if (status === undefined || !type.subresources.includes('status')) return;
  const change = (before: DraftObject) => ({ ...before, status });
  await api.update(type, object.metadata, change, { ...options, subresource: 'status' });
}

/** This machine, as the only node. */
function nodeObject(): DraftObject {
  const labels = {
    'kubernetes.io/arch': arch() === 'x64' ? 'amd64' : arch(),
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': platform(),
    'node-role.kubernetes.io/control-plane': '',
  };
  const capacity = { cpu: String(cpus().length), memory: `${Math.floor(totalmem() / 1024)}Ki`, pods: '1000' };
  const now = timestamp(new Date());
  const { major, minor, patch } = kubernetesVersion;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: nodeName, labels },
    spec: {},
    status: {
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: nodeName },
      ],
      allocatable: capacity,
      capacity,
      conditions: [
        {
          ...{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'the mesh is running' },
          ...{ lastHeartbeatTime: now, lastTransitionTime: now },
        },
      ],
      nodeInfo: {
        architecture: labels['kubernetes.io/arch'],
        ...{ bootID: '', machineID: '', systemUUID: '', kubeProxyVersion: '' },
        containerRuntimeVersion: 'process://1',
        kernelVersion: release(),
        kubeletVersion: `v${major}.${minor}.${patch}+mesh101`,
        operatingSystem: platform(),
        osImage: 'laptop',
      },
    },
  };
}

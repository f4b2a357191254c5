/** A column of a server-side table: metav1.TableColumnDefinition, and for CRDs where its cells come from. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  /** 0 is always shown, 1 with `-o wide` only. */
  readonly priority?: number;
  readonly description?: string;
  readonly jsonPath?: string;
}

/** One resource of the API, as discovery shows it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  /** The version that objects are stored in. */
  readonly version: string;
  /** Every version that is served, the preferred one first. */
  readonly versions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** `status`, `scale`, `log` … */
  readonly subresources: readonly string[];
  readonly verbs: readonly string[];
  /**
   * Of a kind that comes by a CustomResourceDefinition: what field selectors may name besides name and namespace. Absent: one of
   * Kubernetes' own kinds.
   */
  readonly selectableFields?: readonly string[];
}

/** `pods`, `deployments.apps`: the name under which the store keeps a resource. */
export function resourceKey({ plural, group }: Pick<ResourceType, 'plural' | 'group'>): string {
  return group ? `${plural}.${group}` : plural;
}

export function apiVersionOf(group: string, version: string): string {
  return group ? `${group}/${version}` : version;
}

export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** v2, v1, v1beta1, v1alpha3: stable ones first, the newest of each first. */
export function byMaturity(left: string, right: string): number {
  const rank = (version: string) => {
    const [, major = '0', stage = 'z', minor = '0'] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version) ?? [];
    return [stage === 'z' ? 2 : stage === 'beta' ? 1 : 0, Number(major), Number(minor)];
  };
  const [a, b] = [rank(left), rank(right)];
  return (b[0] ?? 0) - (a[0] ?? 0) || (b[1] ?? 0) - (a[1] ?? 0) || (b[2] ?? 0) - (a[2] ?? 0);
}

/** All resources that are served. CustomResourceDefinitions add to them while the mesh runs. */
export class ResourceTypes {
  readonly #byKey = new Map<string, ResourceType>();
  readonly #byKind = new Map<string, ResourceType>();
  #version = 0;

  constructor(types: readonly ResourceType[]) {
    for (const type of types) this.add(type);
  }

  /** Counts the changes, so that what is derived from all types can be kept. */
  get version(): number {
    return this.#version;
  }

  get all(): readonly ResourceType[] {
    return [...this.#byKey.values()];
  }

  add(type: ResourceType): void {
    this.#version += 1;
    this.#byKey.set(resourceKey(type), type);
    this.#byKind.set(`${type.kind}.${type.group}`, type);
  }

  remove(type: ResourceType): void {
    this.#version += 1;
    this.#byKey.delete(resourceKey(type));
    this.#byKind.delete(`${type.kind}.${type.group}`);
  }

  /** The resource that a path names; undefined when it, or this version of it, is not served. */
  at(group: string, version: string, plural: string): ResourceType | undefined {
    const type = this.#byKey.get(resourceKey({ plural, group }));
    return type?.versions.includes(version) ? type : undefined;
  }

  byKey(key: string): ResourceType | undefined {
    return this.#byKey.get(key);
  }

  /** The resource of an object's `apiVersion` and `kind`. */
  ofKind(apiVersion: string, kind: string): ResourceType | undefined {
    const { group, version } = splitApiVersion(apiVersion);
    const type = this.#byKind.get(`${kind}.${group}`);
    return type?.versions.includes(version) ? type : undefined;
  }
}

interface SubresourceKind {
  readonly kind: string;
  /** With `version`, where they are others than the resource's. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

const readWrite = ['get', 'patch', 'update'];

/** Those that are not the resource's own kind. */
const kinds: ReadonlyMap<string, SubresourceKind> = new Map<string, SubresourceKind>([
  ['scale', { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: readWrite }],
  ['attach', { kind: 'PodAttachOptions', verbs: ['create', 'get'] }],
  ['exec', { kind: 'PodExecOptions', verbs: ['create', 'get'] }],
  ['portforward', { kind: 'PodPortForwardOptions', verbs: ['create', 'get'] }],
  ['log', { kind: 'Pod', verbs: ['get'] }],
  ['proxy', { kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  ['eviction', { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] }],
  ['binding', { kind: 'Binding', verbs: ['create'] }],
  ['finalize', { kind: 'Namespace', verbs: ['update'] }],
  ['token', { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] }],
]);

export function subresourceKind(type: ResourceType, name: string): SubresourceKind {
  return kinds.get(name) ?? { kind: type.kind, verbs: readWrite };
}

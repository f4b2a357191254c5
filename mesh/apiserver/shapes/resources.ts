import { dataFile } from './data-file.ts';

/** A column of a kind's table. `jsonPath` says where a CRD's cells come from; a built-in kind's are code. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  /** 0 is always shown, 1 with `-o wide` only. */
  readonly priority?: number;
  readonly jsonPath?: string;
}

export interface Subresource {
  readonly name: string;
  /** Group and version are those of the resource unless they stand here: `scale` is autoscaling/v1's. */
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** Where `scale` of a custom resource reads and writes. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** A resource in one of its versions, as discovery and tables show it. */
export interface ResourceVersion {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly listKind: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly namespaced: boolean;
  /** Whether a cluster stores the objects in this version. */
  readonly storage: boolean;
  readonly verbs: readonly string[];
  readonly subresources?: readonly Subresource[];
  readonly columns: readonly PrinterColumn[];
  /** The definitions' package, for a built-in kind. */
  readonly package?: string;
  /** The CustomResourceDefinition's name, for a kind of Istio or Gateway API. */
  readonly crd?: string;
  readonly scale?: ScalePaths;
}

interface ResourceFile {
  readonly packages: Readonly<Record<string, string>>;
  readonly resources: readonly ResourceVersion[];
}

const file = () => dataFile<ResourceFile>('resources.json');

/** All resources in all versions that Kubernetes, Istio and Gateway API serve; a resource's preferred version first. */
export function resourceTypes(): readonly ResourceVersion[] {
  return file().resources;
}

const byKind = new Map<string, ResourceVersion>();

/** The resource of an object's `apiVersion` and `kind`; undefined when the sources know none. */
export function resourceOf(apiVersion: string, kind: string): ResourceVersion | undefined {
  if (byKind.size === 0) {
    for (const resource of resourceTypes())
      byKind.set(`${apiVersionOf(resource)} ${resource.kind}`, resource);
  }
  return byKind.get(`${apiVersion} ${kind}`);
}

/** The definitions' package of a built-in group-version: `io.k8s.api.apps.v1` for `apps/v1`. */
export function packageOf(apiVersion: string): string | undefined {
  return Object.entries(file().packages).find(([served]) => served === apiVersion)?.[1];
}

export function apiVersionOf({
  group,
  version,
}: {
  readonly group: string;
  readonly version: string;
}): string {
  return group === '' ? version : `${group}/${version}`;
}

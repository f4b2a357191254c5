import { resourceOf } from '#mesh/apiserver/shapes/resources.ts';
import { type Diagnostic, formatDiagnostic } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/istiod/config/load/document.ts';
import { descend, unwrap } from '#mesh/istiod/config/schema/field-path.ts';
import { type Inventory, inventories } from '#mesh/istiod/config/schema/fields.ts';
import { isSupportedKind, supportedVersions } from '#mesh/istiod/config/schema/kinds.ts';
import { ownValue } from '#mesh/own-value.ts';

const code = 'M101-without-effect';

const scaling =
  'HorizontalPodAutoscaler is accepted, without effect: the laptop does not autoscale; `replicas` of the Deployment decides';

/** Kinds about which a cluster's operator decides: valid, and of no consequence on a laptop. */
const reasons: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: scaling,
};

/** Kinds that others than the reader of manifests carry out, or that are records only. */
const carriedOut: ReadonlySet<string> = new Set([
  'APIService',
  'BackendTLSPolicy',
  'ClusterRole',
  'ClusterRoleBinding',
  'ControllerRevision',
  'CustomResourceDefinition',
  'EndpointSlice',
  'Endpoints',
  'Event',
  'GRPCRoute',
  'GatewayClass',
  'HTTPRoute',
  'Lease',
  'ListenerSet',
  'Node',
  'PersistentVolume',
  'Pod',
  'PodDisruptionBudget',
  'PriorityClass',
  'ReferenceGrant',
  'ReplicaSet',
  'Role',
  'RoleBinding',
  'StorageClass',
  'TCPRoute',
  'TLSRoute',
]);

/** What to say about an object because of its kind: the laptop does not carry it out, or has nothing to do. */
export function kindNote(apiVersion: string, kind: string): Pick<Diagnostic, 'code' | 'message'> | undefined {
  const message = ownValue(reasons, kind);
  if (message !== undefined) return { code, message };
  const isSupported = isSupportedKind(kind) && supportedVersions[kind].includes(apiVersion);
  // A kind that users have defined themselves is for their own programs.
  const isGateway = kind === 'Gateway' && apiVersion.startsWith('gateway.networking.k8s.io/');
  if (isSupported || isGateway || carriedOut.has(kind) || !resourceOf(apiVersion, kind)) return undefined;
  return {
    code: 'M101-unsupported-kind',
    message: `kind \`${kind}\` is valid, but not carried out on the laptop: the object has no effect`,
  };
}

/** A manifest for scaling holds many such objects; one warning for each file says it all. */
export function warnedOnce(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const reported = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    if (diagnostic.code !== code) return true;
    const { position, ...rest } = diagnostic;
    const key = `${position?.file}: ${formatDiagnostic(rest)}`;
    return reported.size < reported.add(key).size;
  });
}

/** A field that is valid and yet worth a word. */
export interface Finding {
  readonly path: YamlPath;
  readonly kind: 'unsupported' | 'unsupported-value' | 'deprecated';
  /** What happens instead, or what to write instead. */
  readonly detail: string;
}

/** Every unsupported or deprecated field that a value uses, in the order of the manifest. */
export function survey(schema: unknown, value: unknown, path: YamlPath = []): readonly Finding[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = unwrap(schema);
  const inventory = isSchema(inner) ? inventories.get(inner) : undefined;
  return members(value).flatMap(([step, member]) => {
    const here = [...path, step];
    const finding = inventory && find(inventory, here, member);
    // Inside an unsupported field nothing is carried out, so one finding says it all; deprecated ones are leaves.
    return finding ? [finding] : survey(descend(inner, step), member, here);
  });
}

function find(inventory: Inventory, path: YamlPath, value: unknown): Finding | undefined {
  const name = String(path.at(-1));
  const unsupported = ownValue(inventory.unsupported, name);
  if (unsupported !== undefined) return { path, kind: 'unsupported', detail: unsupported };
  const detail = ownValue(ownValue(inventory.unsupportedValues, name) ?? {}, textOf(value));
  if (detail !== undefined) return { path, kind: 'unsupported-value', detail };
  const deprecated = ownValue(inventory.deprecated, name);
  return deprecated === undefined ? undefined : { path, kind: 'deprecated', detail: deprecated };
}

/** An object is none of a field's values, and may have a member `toString`, with which it has no text. */
function textOf(value: unknown): string {
  return typeof value === 'object' ? '' : String(value);
}

function members(value: object): readonly (readonly [string | number, unknown])[] {
  return Array.isArray(value) ? value.map((item, index) => [index, item] as const) : Object.entries(value);
}

function isSchema(value: unknown): value is Parameters<typeof inventories.get>[0] {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';

interface Successor {
  readonly apiVersion: string;
  /** Of Kubernetes, the first that serves the old version no more. */
  readonly gone: string;
}

const workloads = ['extensions/v1beta1', 'apps/v1beta1', 'apps/v1beta2'];
const now = (apiVersion: string, gone: string): Successor => ({ apiVersion, gone });

/**
 * Versions whose objects are written alike in the one that follows, but for the selector
 * (https://kubernetes.io/docs/reference/using-api/deprecation-guide/).
 */
const successors: ReadonlyMap<string, Successor> = new Map([
  ...['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet'].flatMap((kind) =>
    workloads.map((version) => [`${version} ${kind}`, now('apps/v1', '1.16')] as const),
  ),
  ['extensions/v1beta1 NetworkPolicy', now('networking.k8s.io/v1', '1.16')],
  ['policy/v1beta1 PodDisruptionBudget', now('policy/v1', '1.25')],
  ['batch/v1beta1 CronJob', now('batch/v1', '1.25')],
  ['autoscaling/v2beta2 HorizontalPodAutoscaler', now('autoscaling/v2', '1.26')],
]);

/**
 * Reads a document of a version that Kubernetes has given up as the one that follows. Tutorials of those years have no other;
 * a cluster refuses them, so that a warning says what to write.
 */
export function upToDate(document: ManifestDocument): {
  readonly document: ManifestDocument;
  readonly warnings: readonly Diagnostic[];
} {
  const { apiVersion, kind } = document.value as { apiVersion?: unknown; kind?: unknown };
  const next = successors.get(`${String(apiVersion)} ${String(kind)}`);
  if (!next) return { document, warnings: [] };
  const value = withSelector({ ...(document.value as object), apiVersion: next.apiVersion });
  const warning: Diagnostic = {
    severity: 'warning',
    code: 'M101-outdated-version',
    message: `\`${String(apiVersion)}\` of ${String(kind)} is read as \`${next.apiVersion}\`: Kubernetes ${next.gone} and newer refuse it`,
    fix: `write \`apiVersion: ${next.apiVersion}\`${value.added ? ', and the labels of the pods as `spec.selector.matchLabels`' : ''}`,
    position: document.at(['apiVersion']),
  };
  return { document: { ...document, value: value.object }, warnings: [warning] };
}

/** The old versions took the labels of the pods for a selector that is not there. */
function withSelector(object: object): { readonly object: object; readonly added: boolean } {
  const spec = specOf(object);
  const labels = spec?.template?.metadata?.labels;
  if (!spec || labels === undefined || spec.selector) return { object, added: false };
  return { object: { ...object, spec: { ...spec, selector: { matchLabels: labels } } }, added: true };
}

interface Spec {
  readonly selector?: unknown;
  readonly template?: { readonly metadata?: { readonly labels?: unknown } | null } | null;
}

function specOf(value: unknown): Spec | undefined {
  const { spec } = value as { spec?: unknown };
  return typeof spec === 'object' && spec !== null ? (spec as Spec) : undefined;
}

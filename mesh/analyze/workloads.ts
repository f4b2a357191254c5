import type { Deployment } from '#mesh/schema/resource.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether labels carry everything that a selector asks for. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** The Deployments by the labels of their pods. */
export class Workloads {
  readonly #deployments: readonly Deployment[];
  /** By namespace and one label, so that a mesh of a thousand services does not compare each with each. */
  readonly #byLabel: ReadonlyMap<string, readonly Deployment[]>;

  constructor(deployments: readonly Deployment[]) {
    this.#deployments = deployments;
    const byLabel = new Map<string, Deployment[]>();
    for (const deployment of deployments) {
      for (const key of labelKeys(deployment)) byLabel.set(key, [...(byLabel.get(key) ?? []), deployment]);
    }
    this.#byLabel = byLabel;
  }

  /** An empty selector selects nothing, as in a Kubernetes Service. */
  selectedBy(selector: Labels, namespace: string): readonly Deployment[] {
    const [label] = Object.entries(selector);
    if (!label) return [];
    const candidates = this.#byLabel.get(labelKey(namespace, label)) ?? [];
    return candidates.filter(({ spec }) => selects(selector, spec.template.metadata.labels));
  }

  /** The values that pods of a namespace carry for a label key. */
  labelValues(key: string, namespace: string): readonly string[] {
    const own = this.#deployments.filter(({ metadata }) => metadata.namespace === namespace);
    return own.flatMap(({ spec }) => spec.template.metadata.labels[key] ?? []);
  }
}

function labelKeys({ metadata, spec }: Deployment): readonly string[] {
  return Object.entries(spec.template.metadata.labels).map((label) => labelKey(metadata.namespace, label));
}

function labelKey(namespace: string, [key, value]: readonly [string, string]): string {
  return `${namespace}/${key}=${value}`;
}

/** Labels as people write them: `app=frontend, version=v1`. */
export function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

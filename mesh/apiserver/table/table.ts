import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { Column } from '#mesh/apiserver/resource-type.ts';

/** How the objects of one kind are shown in a line each. */
export interface Printer {
  readonly columns: readonly Column[];
  /** The cells of an object, one for each column. */
  readonly cells: (object: KubernetesObject, now: Date) => readonly unknown[];
}

export interface TableOptions {
  readonly printer: Printer;
  readonly resourceVersion: string;
  /** What comes with each row: `None`, `Metadata` (the default) or `Object`. */
  readonly includeObject: string;
  readonly now?: Date;
}

/** metav1.Table, with which kubectl prints a kind that it does not know. */
export function tableOf(objects: readonly KubernetesObject[], options: TableOptions) {
  const { printer, resourceVersion, includeObject, now = new Date() } = options;
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion },
    columnDefinitions: printer.columns.map(({ jsonPath: _, ...column }) => ({
      format: '',
      description: '',
      priority: 0,
      ...column,
    })),
    rows: objects.map((object) => ({
      cells: printer.cells(object, now),
      ...rowObject(object, includeObject),
    })),
  };
}

function rowObject(object: KubernetesObject, includeObject: string): { readonly object?: unknown } {
  if (includeObject === 'None') return {};
  if (includeObject === 'Object') return { object };
  const { metadata } = object;
  return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata } };
}

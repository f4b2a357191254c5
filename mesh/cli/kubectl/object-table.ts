import { columnsByKind } from '#mesh/cli/kubectl/kind-columns.ts';
import { type Kind, singularName } from '#mesh/cli/kubectl/kinds.ts';
import { ageOf, formatLabels } from '#mesh/cli/kubectl/object-fields.ts';
import { formatColumns } from '#mesh/cli/output/columns.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

export interface TableOptions {
  readonly now: number;
  readonly wide?: boolean;
  readonly headers?: boolean;
  readonly withNamespace?: boolean;
  /** `pod/NAME`, when several kinds are shown. */
  readonly withKind?: boolean;
  /** Labels with a column of their own (`-L`). */
  readonly labelColumns?: readonly string[];
  readonly showLabels?: boolean;
}

interface Cell {
  readonly header: string;
  readonly value: (object: KubernetesObject) => string;
}

/** Objects of one kind as the table that `kubectl get` prints. */
export function objectTable(kind: Kind, objects: readonly KubernetesObject[], options: TableOptions): string {
  const cells = tableCells(kind, options);
  const header = options.headers === false ? [] : [cells.map((cell) => cell.header)];
  const rows = objects.map((object) => cells.map((cell) => cell.value(object)));
  return formatColumns([...header, ...rows]);
}

function tableCells(kind: Kind, options: TableOptions): readonly Cell[] {
  const columns = columnsByKind[kind.kind] ?? [];
  const cellsOf = (wide: boolean): Cell[] =>
    columns
      .filter((column) => (column.wide ?? false) === wide)
      .map(({ header, value }) => ({ header, value: (object) => value(object, options.now) }));
  return [
    ...(options.withNamespace ? [namespaceCell] : []),
    nameCell(options.withKind ? `${singularName(kind)}/` : ''),
    ...cellsOf(false),
    { header: 'AGE', value: (object) => ageOf(object, options.now) },
    ...(options.wide ? cellsOf(true) : []),
    ...(options.labelColumns ?? []).map(labelCell),
    ...(options.showLabels ? [labelsCell] : []),
  ];
}

const namespaceCell: Cell = { header: 'NAMESPACE', value: ({ metadata }) => metadata.namespace ?? '' };
const labelsCell: Cell = { header: 'LABELS', value: ({ metadata }) => formatLabels(metadata.labels ?? {}) };

function nameCell(prefix: string): Cell {
  return { header: 'NAME', value: ({ metadata }) => `${prefix}${metadata.name}` };
}

/** The header is the label's last part: `istio.io/rev` → `REV`. */
function labelCell(label: string): Cell {
  const header = label.slice(label.lastIndexOf('/') + 1).toUpperCase();
  return { header, value: ({ metadata }) => metadata.labels?.[label] ?? '' };
}

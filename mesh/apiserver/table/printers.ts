import { JSONPath } from 'jsonpath-plus';
import type { KindFacts } from '#mesh/apiserver/kind-facts.ts';
import { apiVersionOf, type Column, type ResourceType, resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { CustomResourceDefinition } from '#mesh/apiserver/shapes/definitions.ts';
import { resourceOf } from '#mesh/apiserver/shapes/resources.ts';
import { type Cell, type CellsOfKinds, commonCells, since } from '#mesh/apiserver/table/cell.ts';
import { admission, cluster, config, events, rbac } from '#mesh/apiserver/table/cells/cluster.ts';
import { networking, policies, services } from '#mesh/apiserver/table/cells/networking.ts';
import { pods } from '#mesh/apiserver/table/cells/pods.ts';
import { volumes } from '#mesh/apiserver/table/cells/volumes.ts';
import { autoscaling, jobs, workloads } from '#mesh/apiserver/table/cells/workloads.ts';
import type { Printer } from '#mesh/apiserver/table/table.ts';

const families: readonly CellsOfKinds[] = [
  ...[pods, workloads, jobs, services, networking, config, volumes],
  ...[cluster, events, rbac, policies, autoscaling, admission],
];

const cellsByResource = new Map(
  families
    .flatMap((family) => Object.entries(family))
    .map(([resource, cells]) => [resource, new Map(Object.entries(cells))]),
);
const noCells: ReadonlyMap<string, Cell> = new Map();

/** The cells that a built-in resource has beside those that all have, by the column's name. */
function builtInCells(resource: string): ReadonlyMap<string, Cell> {
  return cellsByResource.get(resource) ?? noCells;
}

const nameColumn: Column = { name: 'Name', type: 'string', format: 'name' };
const ageColumn: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
/** The columns of a kind that defines none. */
const plainColumns: readonly Column[] = [nameColumn, { name: 'Created At', type: 'date' }];

/**
 * The columns of every kind, and what stands in them.
 *
 * @param definitionOf the CustomResourceDefinition of a kind that a user has defined
 */
export function printers(
  definitionOf: (type: ResourceType) => CustomResourceDefinition | undefined,
): KindFacts['printer'] {
  return (type, version) => {
    const definition = definitionOf(type);
    return printerOf(type, definition ? definedColumns(definition, version) : sourceColumns(type, version));
  };
}

function sourceColumns(type: ResourceType, version: string): readonly Column[] {
  return resourceOf(apiVersionOf(type.group, version), type.kind)?.columns ?? plainColumns;
}

function definedColumns({ spec }: CustomResourceDefinition, version: string): readonly Column[] {
  const own = spec.versions.find(({ name }) => name === version)?.additionalPrinterColumns ?? [];
  return [nameColumn, ...(own.length > 0 ? own : [ageColumn])];
}

const known = new WeakMap<readonly Column[], Printer>();

function printerOf(type: ResourceType, columns: readonly Column[]): Printer {
  const before = known.get(columns);
  if (before) return before;
  const cells = columns.map((column) => cellOf(type, column));
  const printer: Printer = { columns, cells: (object, now) => cells.map((cell) => cell(object, now)) };
  known.set(columns, printer);
  return printer;
}

function cellOf(type: ResourceType, column: Column): Cell {
  if (column.jsonPath !== undefined) return customCell(column);
  const cell = builtInCells(resourceKey(type)).get(column.name) ?? commonCells[column.name];
  if (!cell) throw new Error(`nothing stands in the column ${column.name} of ${resourceKey(type)}`);
  return cell;
}

/** A column of a CustomResourceDefinition. Its cell is empty where the path leads nowhere or to another type. */
function customCell({ type, jsonPath = '' }: Column): Cell {
  return (object, now) => {
    const [value] = findAll(jsonPath, object) ?? [];
    return value === undefined || value === null ? null : customCellOf(type, value, now);
  };
}

function customCellOf(type: string, value: unknown, now: Date): unknown {
  switch (type) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : since(value, now);
    default:
      return null;
  }
}

/** What a JSONPath of Kubernetes' dialect finds in an object, in order; undefined if it is not a path. */
export function findAll(path: string, object: object): readonly unknown[] | undefined {
  if (!isPlain(path)) return undefined;
  try {
    return JSONPath({
      path: standardPath(path),
      json: object,
      wrap: true,
      // Filters are interpreted, never handed to the engine: a definition may come from anywhere.
      eval: 'safe',
      // An item without the field that a filter compares is one that the filter leaves out.
      ignoreEvalErrors: true,
    }) as unknown[];
  } catch {
    return undefined;
  }
}

/** The library knows scripts, calls, assignments and parents; the dialect has none, and a call could change the object. */
function isPlain(path: string): boolean {
  const code = path.replace(/(["'])(?:\\.|(?!\1).)*\1/g, '""');
  return !/[`^~]|\[\s*\(|[\w\])"]\s*\(|[^=!<>]=[^=~]/.test(code);
}

/**
 * Kubernetes' path in the library's notation. A key's dots are `\.` there, with or without quotes; the last item is
 * `[-1]`; braces and the root's `$` may be left out.
 */
function standardPath(path: string): string {
  const rooted = path
    .trim()
    .replace(/^\{(.*)\}$/s, '$1')
    .replace(/^[$@]/, '')
    .replace(/^(?=[^.[])/, '.');
  const escapedKey = /\.((?:[^.[\]\\]|\\.)*\\\.(?:[^.[\]\\]|\\.)*)/g;
  const standard = rooted
    .replace(/\[(['"])((?:(?!\1).)*)\1\]/g, (_, _quote, key: string) => `['${key.replaceAll('\\', '')}']`)
    .replace(escapedKey, (_, key: string) => `['${key.replaceAll('\\', '')}']`)
    .replace(/\[(-\d+)\]/g, '[$1:]');
  return `$${standard}`;
}

import type { Cell, CellsOfKinds } from '#mesh/apiserver/table/cell.ts';
import { admission, cluster, config, events, rbac } from '#mesh/apiserver/table/cells/cluster.ts';
import { networking, policies, services } from '#mesh/apiserver/table/cells/networking.ts';
import { pods } from '#mesh/apiserver/table/cells/pods.ts';
import { volumes } from '#mesh/apiserver/table/cells/volumes.ts';
import { autoscaling, jobs, workloads } from '#mesh/apiserver/table/cells/workloads.ts';

const families: readonly CellsOfKinds[] = [
  ...[pods, workloads, jobs, services, networking, config, volumes],
  ...[cluster, events, rbac, policies, autoscaling, admission],
];

const byResource = new Map(
  families
    .flatMap((family) => Object.entries(family))
    .map(([resource, cells]) => [resource, new Map(Object.entries(cells))]),
);
const empty: ReadonlyMap<string, Cell> = new Map();

/** The cells that a built-in resource has beside those that all have, by the column's name. */
export function builtInCells(resource: string): ReadonlyMap<string, Cell> {
  return byResource.get(resource) ?? empty;
}

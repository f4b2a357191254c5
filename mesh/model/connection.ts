import type { Labels } from '#mesh/model/pod.ts';
import type { Origin, WeightedDestination } from '#mesh/model/route.ts';

/** Where the connections to one port that carries TCP or TLS go: the first route that fits a connection decides. */
export interface ConnectionHost {
  readonly host: string;
  readonly port: number;
  readonly routes: readonly ConnectionRoute[];
}

export interface ConnectionRoute {
  /** Only connections whose TLS greeting asks for one of these names; absent: all. */
  readonly serverNames?: readonly string[];
  /** Only for callers with these labels, in this namespace. */
  readonly sourceLabels?: Labels;
  readonly sourceNamespace?: string;
  readonly destinations: readonly WeightedDestination[];
  /** What decides: the VirtualService's rule, else the Service. */
  readonly origin: Origin;
}

/** A value of Envoy's configuration in its JSON form, whose fields bear their names in protobuf. */
export type PatchValue = {
  readonly [name: string]: PatchValue | readonly unknown[] | string | number | boolean | null | undefined;
};

export type PatchContext = 'ANY' | 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY' | 'WAYPOINT';

export type PatchOperation =
  | 'MERGE'
  | 'MERGE_AND_REPLACE_LIST'
  | 'ADD'
  | 'REMOVE'
  | 'INSERT_BEFORE'
  | 'INSERT_AFTER'
  | 'INSERT_FIRST'
  | 'REPLACE';

/** The objects of an Envoy's configuration that patches are about. */
export type PatchTarget =
  | 'LISTENER'
  | 'LISTENER_FILTER'
  | 'FILTER_CHAIN'
  | 'NETWORK_FILTER'
  | 'HTTP_FILTER'
  | 'ROUTE_CONFIGURATION'
  | 'VIRTUAL_HOST'
  | 'HTTP_ROUTE'
  | 'CLUSTER';

/** One change of an Envoy's configuration, as a user writes it in an EnvoyFilter; those of a workload hold in their order. */
export interface EnvoyPatch {
  readonly applyTo: PatchTarget;
  readonly operation: PatchOperation;
  readonly context: PatchContext;
  readonly listener?: ListenerMatch;
  readonly routes?: RoutesMatch;
  readonly cluster?: ClusterMatch;
  /** Empty for what is removed. */
  readonly value: PatchValue;
}

/** Fields that are missing match everything. Ports are those that Istio's listeners have. */
export interface ListenerMatch {
  readonly name?: string;
  readonly port?: number;
  readonly listenerFilter?: string;
  readonly chain?: {
    readonly name?: string;
    readonly sni?: string;
    readonly transportProtocol?: string;
    readonly applicationProtocols?: readonly string[];
    readonly destinationPort?: number;
    /** A network filter of the chain, and an HTTP filter within it. */
    readonly filter?: string;
    readonly subFilter?: string;
  };
}

export interface RoutesMatch {
  readonly name?: string;
  readonly port?: number;
  readonly portName?: string;
  /** `namespace/name` of a Gateway. */
  readonly gateway?: string;
  readonly virtualHost?: {
    readonly name?: string;
    readonly domain?: string;
    readonly route?: { readonly name?: string; readonly action?: 'ROUTE' | 'REDIRECT' | 'DIRECT_RESPONSE' };
  };
}

export interface ClusterMatch {
  readonly name?: string;
  readonly service?: string;
  readonly port?: number;
  readonly subset?: string;
}

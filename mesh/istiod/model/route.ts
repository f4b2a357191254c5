import type { Position } from '#mesh/diagnostic.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';

/** All routes of one host at one port, first match wins. */
export interface VirtualHost {
  /** `middleware.default.svc.cluster.local` or a VirtualService's own host, wildcards included. */
  readonly host: string;
  readonly port: number;
  readonly routes: readonly Route[];
  /** For callers that none of the routes is meant for, whatever they ask: the first of these lists with a route for them. */
  readonly otherwise?: readonly (readonly Route[])[];
}

/** One rule with at most one match: a VirtualService rule with three matches becomes three routes. */
export interface Route {
  /** The VirtualService rule's `name`, or `default` where Kubernetes alone decides. */
  readonly name: string;
  readonly match: RouteMatch;
  readonly action: RouteAction;
  /** Kind, name, namespace and line of what decides: the VirtualService's rule, else the Service. */
  readonly origin: Origin;
}

/** Of a virtual host's routes those for one caller. */
export function routesFor(
  { routes, otherwise = [] }: Pick<VirtualHost, 'routes' | 'otherwise'>,
  isMeant: (match: RouteMatch) => boolean,
): readonly Route[] {
  for (const list of [routes, ...otherwise]) {
    const meant = list.filter(({ match }) => isMeant(match));
    if (meant.length > 0) return meant;
  }
  return [];
}

/** Whether a user's rule decides, rather than the registry alone. */
export function isRuled({ kind }: Origin): boolean {
  return kind !== 'Service' && kind !== 'ServiceEntry';
}

export interface Origin {
  readonly kind:
    | 'VirtualService'
    | 'HTTPRoute'
    | 'GRPCRoute'
    | 'TLSRoute'
    | 'TCPRoute'
    | 'Service'
    | 'ServiceEntry';
  readonly name: string;
  readonly namespace: string;
  readonly position: Position;
}

export type StringMatch =
  | { readonly exact: string }
  | { readonly prefix: string }
  | { readonly regex: string }
  | { readonly present: true };

export interface RouteMatch {
  /** Absent: every path. `ignoreCase` as Istio's ignoreUriCase. */
  readonly uri?: StringMatch;
  readonly ignoreUriCase?: boolean;
  /** A prefix of the path means whole segments: `/v2` takes `/v2/x` and not `/v2x`. */
  readonly wholeSegments?: boolean;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers?: Readonly<Record<string, StringMatch>>;
  readonly withoutHeaders?: Readonly<Record<string, StringMatch>>;
  readonly queryParams?: Readonly<Record<string, StringMatch>>;
  /** Of the token that the proxy has checked; a gateway's rules only. */
  readonly claims?: readonly ClaimMatch[];
  /** Only for callers with these labels, in this namespace. */
  readonly sourceLabels?: Labels;
  readonly sourceNamespace?: string;
}

/** Holds if the claim, or one of the list that it is, matches; with `not` if none does. */
export interface ClaimMatch {
  readonly path: readonly string[];
  readonly value: StringMatch;
  readonly not?: true;
}

export type RouteAction = Forward | Redirect | DirectResponse;

/** Times in milliseconds; percentages from 0 to 100. */
export interface Forward {
  readonly kind: 'forward';
  readonly destinations: readonly WeightedDestination[];
  /** 0: no time-out, Istio's default. */
  readonly timeout: number;
  readonly retries: RetryPolicy;
  readonly fault?: Fault;
  readonly mirrors: readonly Mirror[];
  readonly rewrite?: {
    readonly uri?: string;
    readonly authority?: string;
    readonly uriRegex?: { readonly match: string; readonly rewrite: string };
  };
  readonly headers?: HeaderOperations;
  readonly cors?: CorsPolicy;
  /** The answer to a request for an undeclared host; absent: 503. */
  readonly unknownStatus?: 500;
}

export interface Destination {
  /** The service's FQDN host; a host that nobody declares makes Envoy answer 503 with NC, as in Istio. */
  readonly host: string;
  readonly port: number;
  readonly subset?: string;
}

export interface WeightedDestination extends Destination {
  readonly weight: number;
  readonly headers?: HeaderOperations;
}

export interface Mirror extends Destination {
  readonly percentage: number;
}

/** attempts 0 disables retries. The default is Istio's: see model/default-retry.ts. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly perTryTimeout?: number;
  readonly backoff?: number;
  readonly retryOn: readonly string[];
  readonly retriableStatusCodes: readonly number[];
  readonly retryRemoteLocalities?: boolean;
  readonly retryIgnorePreviousHosts: boolean;
}

export interface Fault {
  readonly delay?: { readonly fixedDelay: number; readonly percentage: number };
  readonly abort?: {
    readonly httpStatus?: number;
    readonly grpcStatus?: string;
    readonly percentage: number;
  };
}

export interface HeaderOperations {
  readonly request?: HeaderChanges;
  readonly response?: HeaderChanges;
}

export interface HeaderChanges {
  readonly set?: Readonly<Record<string, string>>;
  readonly add?: Readonly<Record<string, string>>;
  readonly remove?: readonly string[];
}

export interface CorsPolicy {
  readonly allowOrigins: readonly StringMatch[];
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  readonly maxAge?: number;
  readonly allowCredentials?: boolean;
  /** Whether the gateway itself answers a preflight of an origin that is not allowed; else the program does. */
  readonly answersOthers?: boolean;
}

export interface Redirect {
  readonly kind: 'redirect';
  readonly uri?: string;
  /** What replaces the prefix that the route matches. */
  readonly prefixRewrite?: string;
  readonly uriRegex?: { readonly match: string; readonly rewrite: string };
  readonly authority?: string;
  readonly port?: number;
  readonly derivePort?: 'FROM_PROTOCOL_DEFAULT' | 'FROM_REQUEST_PORT';
  readonly scheme?: string;
  readonly redirectCode: number;
  readonly headers?: HeaderOperations;
}

export interface DirectResponse {
  readonly kind: 'direct-response';
  readonly status: number;
  readonly body?: string;
  readonly headers?: HeaderOperations;
}

/**
 * What Istio retries when a rule says nothing: two more attempts, only for failures that leave no doubt that the
 * program did not handle the request. A plain 500 is not among them, and in current releases neither is a 503
 * (pilot/pkg/networking/core/route/retry; read off the configuration that a 1.31 development snapshot generates).
 */
export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 2,
  retryOn: ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'],
  retriableStatusCodes: [],
  retryIgnorePreviousHosts: true,
};

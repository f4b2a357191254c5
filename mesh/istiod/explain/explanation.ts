import type { Verdict } from '#mesh/istiod/explain/authorization.ts';

/** The way of a simulated request, decision by decision. Origins are `file:line` of the deciding manifest. */
export interface Explanation {
  /** `sidecar frontend-1.default`. */
  readonly proxy: string;
  readonly listener?: { readonly name: string; readonly address: string };
  readonly virtualHost?: { readonly name: string; readonly domain: string };
  /** Earlier routes, and the conditions that the request does not meet. */
  readonly skipped: readonly {
    readonly name: string;
    readonly origin?: string;
    readonly unmet: readonly string[];
  }[];
  readonly route?: { readonly name: string; readonly origin?: string; readonly because: readonly string[] };
  readonly fault?: {
    readonly abort?: { readonly status: string; readonly percentage: number };
    readonly delay?: { readonly duration: string; readonly percentage: number };
  };
  /** What the gateway's own policies say; absent where none has a say. */
  readonly policy?: Verdict;
  /** When the proxy itself answers. */
  readonly answer?: { readonly status: number; readonly why: string; readonly location?: string };
  /** `0s`: none. */
  readonly timeout?: string;
  readonly retries?: {
    readonly attempts: number;
    readonly on: string;
    readonly statusCodes: readonly number[];
    readonly perTryTimeout?: string;
  };
  readonly rewrite?: { readonly path?: string; readonly authority?: string };
  readonly mirrors: readonly { readonly cluster: string; readonly percentage: number }[];
  readonly destinations: readonly ExplainedDestination[];
}

export interface ExplainedDestination {
  readonly cluster: string;
  /** Percent of the requests. */
  readonly share: number;
  readonly origin?: string;
  readonly loadBalancer?: string;
  /** Why requests to this cluster fail, with Envoy's response flag, and the status that answers them; absent: 503. */
  readonly problem?: { readonly flag: 'NC' | 'UH'; readonly why: string; readonly status?: number };
  readonly endpoints: readonly ExplainedEndpoint[];
  /** The request as the first endpoint's program gets it; absent in a tunnel, whose inside no proxy sees. */
  readonly received?: ReceivedRequest;
}

/** A request after rewrites and header operations. What every proxy adds (`x-request-id`, `x-forwarded-*`) is left out. */
export interface ReceivedRequest {
  /** With its query. */
  readonly path: string;
  readonly host: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export type ConnectionSecurity = 'mutual TLS' | 'TLS' | 'plain text';

export interface ExplainedEndpoint {
  readonly address: string;
  /** `name.namespace`. */
  readonly pod?: string;
  readonly security: ConnectionSecurity;
  /** What the pod's own sidecar does with the connection; absent where there is none. */
  readonly inbound?: {
    readonly listener: string;
    readonly mode: string;
    readonly accepted: boolean;
    readonly why: string;
    /** What policies say; absent where none has a say. */
    readonly policy?: Verdict;
  };
}

import type { Position } from '#mesh/diagnostic.ts';

/** Who may ask a workload for what, and whose tokens it believes. */
export interface WorkloadPolicies {
  /** In the order in which they were read; which of them decides depends on their actions alone. */
  readonly authorization: readonly AuthorizationPolicy[];
  /** Sorted by issuer. */
  readonly tokens: readonly TokenRule[];
  /** Asked before everything else. */
  readonly external?: ExternalAuthorization;
}

/** Requests for which a workload asks an external authorizer, before tokens and other policies. */
export interface ExternalAuthorization {
  /** Those of action CUSTOM. */
  readonly policies: readonly ExternalPolicy[];
  /** Absent: the policies name a provider that is not there, or several; what they take is denied. */
  readonly authorizer?: ExternalAuthorizer;
}

export interface ExternalPolicy
  extends Pick<AuthorizationPolicy, 'name' | 'namespace' | 'rules' | 'position'> {
  readonly provider: string;
}

/** A service that says whether a request may pass. */
export interface ExternalAuthorizer {
  /** A service of the mesh. */
  readonly host: string;
  readonly port: number;
  /** In milliseconds. */
  readonly timeout: number;
  /** Whether a request passes when the service does not answer. */
  readonly failOpen: boolean;
  /** What it gets else; 403 where nobody says. */
  readonly statusOnError?: number;
  readonly body?: {
    readonly maxRequestBytes: number;
    readonly allowPartialMessage: boolean;
    readonly packAsBytes: boolean;
  };
  readonly protocol: HttpAuthorizer | { readonly of: 'grpc'; readonly clearRouteCache: boolean };
}

/** Names of headers may have a `*` at one end. */
export interface HttpAuthorizer {
  readonly of: 'http';
  readonly pathPrefix: string;
  /** Of the request, for the service. */
  readonly requestHeaders: readonly string[];
  readonly additionalHeaders: Readonly<Record<string, string>>;
  /** Of the service's answer, for the workload. */
  readonly upstreamOnAllow: readonly string[];
  /** Of the service's answer, for the caller. */
  readonly downstreamOnAllow: readonly string[];
  readonly downstreamOnDeny: readonly string[];
}

/** DENY is asked before ALLOW. Where any ALLOW policy is, a request that none of them takes is denied. */
export interface AuthorizationPolicy {
  readonly name: string;
  readonly namespace: string;
  readonly action: 'ALLOW' | 'DENY' | 'AUDIT';
  /** Only counted, never enforced. */
  readonly dryRun: boolean;
  /** Alternatives; none: the policy takes no request. */
  readonly rules: readonly AuthorizationRule[];
  readonly position: Position;
}

/** Takes a request whose caller is one of the callers, and that is one of the operations. */
export interface AuthorizationRule {
  /** Alternatives, never empty; each is a list of conditions that hold together, an empty one is everybody. */
  readonly callers: readonly (readonly CallerCondition[])[];
  /** The same, for what is asked for. */
  readonly operations: readonly (readonly OperationCondition[])[];
  readonly position: Position;
}

/** Holds if one of `values` matches, when there are any, and none of `notValues` does. */
interface Values {
  /** Exact, `prefix*`, `*suffix`, `*` for any; addresses are CIDR blocks, ports decimal numbers. */
  readonly values: readonly string[];
  readonly notValues: readonly string[];
}

export type CallerCondition = Values &
  (
    | {
        readonly of:
          | 'principal'
          | 'namespace'
          | 'trust-domain'
          /** As `namespace/account`. */
          | 'service-account'
          /** Of the connection. */
          | 'address'
          /** The one that X-Forwarded-For tells, where it is to be believed. */
          | 'remote-address'
          /** Of the token: `issuer/subject`. */
          | 'request-principal';
      }
    | { readonly of: 'header'; readonly name: string }
    /** A claim of the token, by its path. */
    | { readonly of: 'claim'; readonly path: readonly string[] }
  );

export type OperationCondition = Values &
  (
    | { readonly of: 'host' | 'method' | 'path' | 'port' | 'destination-address' | 'server-name' }
    /** What a filter of Envoy has found out. */
    | { readonly of: 'metadata'; readonly filter: string; readonly key: string }
  );

/** An issuer whose tokens are checked. A request without token passes, one with an invalid token does not. */
export interface TokenRule {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly keys: { readonly inline: string } | RemoteKeys;
  readonly headers: readonly { readonly name: string; readonly prefix: string }[];
  readonly parameters: readonly string[];
  readonly cookies: readonly string[];
  readonly payloadHeader?: string;
  readonly claimHeaders: readonly { readonly header: string; readonly claim: string }[];
  readonly forward: boolean;
  readonly spaceDelimitedClaims: readonly string[];
}

export interface RemoteKeys {
  readonly uri: string;
  /** In milliseconds. */
  readonly timeout: number;
}

export const NO_POLICIES: WorkloadPolicies = { authorization: [], tokens: [] };

import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import type { LabelSelector } from '#mesh/apiserver/selector.ts';
import type { ManifestDocument } from '#mesh/istiod/config/load/document.ts';
import { objectDocument } from '#mesh/istiod/config/resources.ts';

/** The API group of Gateway API. */
export const GROUP = 'gateway.networking.k8s.io';

/** Names the objects that are taken for granted: the API server has checked and defaulted them by their definitions. */
type Typed<Spec> = KubernetesObject & { readonly spec: Spec; readonly status?: Status };

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string;
}

type Status = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };

export interface ObjectReference {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface ParentReference extends ObjectReference {
  readonly sectionName?: string;
  readonly port?: number;
}

export interface BackendReference extends ObjectReference {
  readonly port?: number;
  readonly weight?: number;
  readonly filters?: readonly Filter[];
}

export interface RouteKind {
  readonly group?: string;
  readonly kind: string;
}

export interface ListenerSpec {
  readonly name: string;
  readonly hostname?: string;
  readonly port: number;
  readonly protocol: string;
  readonly tls?: {
    readonly mode?: 'Terminate' | 'Passthrough';
    readonly certificateRefs?: readonly ObjectReference[];
    readonly options?: Readonly<Record<string, string>>;
  };
  readonly allowedRoutes?: {
    readonly namespaces?: NamespaceChoice;
    readonly kinds?: readonly RouteKind[];
  };
}

export type GatewayClass = Typed<{ readonly controllerName: string }>;

/** What a Gateway wants to know of who calls it by HTTPS. */
export interface FrontendValidation {
  readonly caCertificateRefs?: readonly ObjectReference[];
  readonly mode?: 'AllowValidOnly' | 'AllowInsecureFallback';
}

interface FrontendTls {
  readonly validation?: FrontendValidation;
}

/** Which namespaces something is taken from. */
export interface NamespaceChoice {
  readonly from?: string;
  readonly selector?: LabelSelector;
}

export type Gateway = Typed<{
  readonly gatewayClassName: string;
  readonly listeners: readonly ListenerSpec[];
  /** Whose ListenerSets it takes; nobody's, when nothing is said. */
  readonly allowedListeners?: { readonly namespaces?: NamespaceChoice };
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
  readonly tls?: {
    /** What the Gateway shows to backends with TLS. */
    readonly backend?: { readonly clientCertificateRef?: ObjectReference };
    readonly frontend?: {
      readonly default?: FrontendTls;
      readonly perPort?: readonly { readonly port: number; readonly tls?: FrontendTls }[];
    };
  };
  readonly infrastructure?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly parametersRef?: ObjectReference;
  };
}>;

/** Further listeners for a Gateway. */
export type ListenerSet = Typed<{
  readonly parentRef: ObjectReference;
  readonly listeners: readonly ListenerSpec[];
}>;

export interface HeaderValue {
  readonly name: string;
  readonly value: string;
}

export interface HeaderModifier {
  readonly set?: readonly HeaderValue[];
  readonly add?: readonly HeaderValue[];
  readonly remove?: readonly string[];
}

export interface PathModifier {
  readonly type: string;
  readonly replaceFullPath?: string;
  readonly replacePrefixMatch?: string;
}

/** One of an HTTPRoute's or a GRPCRoute's filters; `type` says which member is there. */
export interface Filter {
  readonly type: string;
  readonly requestHeaderModifier?: HeaderModifier;
  readonly responseHeaderModifier?: HeaderModifier;
  readonly requestRedirect?: {
    readonly scheme?: string;
    readonly hostname?: string;
    readonly path?: PathModifier;
    readonly port?: number;
    readonly statusCode?: number;
  };
  readonly urlRewrite?: { readonly hostname?: string; readonly path?: PathModifier };
  readonly requestMirror?: {
    readonly backendRef: BackendReference;
    readonly percent?: number;
    readonly fraction?: { readonly numerator: number; readonly denominator?: number };
  };
  readonly cors?: {
    readonly allowOrigins?: readonly string[];
    readonly allowCredentials?: boolean;
    readonly maxAge?: number;
  } & { readonly [List in 'allowMethods' | 'allowHeaders' | 'exposeHeaders']?: readonly string[] };
}

/** A value to compare with: `Exact` unless `type` says `RegularExpression`. */
export interface ValueMatch extends HeaderValue {
  readonly type?: string;
}

export interface HttpMatch {
  readonly path?: { readonly type?: string; readonly value?: string };
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
  readonly method?: string;
}

export interface GrpcMatch {
  readonly method?: { readonly type?: string; readonly service?: string; readonly method?: string };
  readonly headers?: readonly ValueMatch[];
}

export interface Rule {
  readonly name?: string;
  readonly backendRefs?: readonly BackendReference[];
}

export interface HttpRule extends Rule {
  readonly matches?: readonly HttpMatch[];
  readonly filters?: readonly Filter[];
  /** Go's durations (`500ms`); 0 means none. */
  readonly timeouts?: { readonly request?: string; readonly backendRequest?: string };
  readonly retry?: {
    readonly codes?: readonly number[];
    readonly attempts?: number;
    readonly backoff?: string;
  };
}

export type GrpcRule = Rule & {
  readonly matches?: readonly GrpcMatch[];
  readonly filters?: readonly Filter[];
};

interface RouteSpec<R extends Rule> {
  readonly parentRefs?: readonly ParentReference[];
  readonly hostnames?: readonly string[];
  readonly rules?: readonly R[];
}

export type HttpRoute = Typed<RouteSpec<HttpRule>>;
export type GrpcRoute = Typed<RouteSpec<GrpcRule>>;
/** A TLSRoute or TCPRoute. */
export type ConnectionRouteObject = Typed<RouteSpec<Rule>>;
export type AnyRoute = HttpRoute | GrpcRoute | ConnectionRouteObject;

export type ReferenceGrant = Typed<{
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
}>;

export type BackendTlsPolicy = Typed<{
  readonly targetRefs: readonly (ObjectReference & { readonly sectionName?: string })[];
  readonly validation: {
    readonly caCertificateRefs?: readonly ObjectReference[];
    readonly wellKnownCACertificates?: string;
    readonly hostname: string;
    readonly subjectAltNames?: readonly {
      readonly type: string;
      readonly hostname?: string;
      readonly uri?: string;
    }[];
  };
}>;

/** What Gateway API's objects are judged by: they themselves, and what they may refer to. Each list the oldest first. */
export interface GatewayApiObjects {
  readonly classes: readonly GatewayClass[];
  readonly gateways: readonly Gateway[];
  readonly listenerSets: readonly ListenerSet[];
  readonly httpRoutes: readonly HttpRoute[];
  readonly grpcRoutes: readonly GrpcRoute[];
  readonly tlsRoutes: readonly ConnectionRouteObject[];
  readonly tcpRoutes: readonly ConnectionRouteObject[];
  readonly grants: readonly ReferenceGrant[];
  readonly backendTlsPolicies: readonly BackendTlsPolicy[];
  readonly namespaces: readonly KubernetesObject[];
  readonly services: readonly KubernetesObject[];
  readonly secrets: readonly KubernetesObject[];
  readonly configMaps: readonly KubernetesObject[];
  /** Where objects stand in files that nobody has applied; a Secret that is not there is then taken for one with a certificate. */
  readonly files?: ReadonlyMap<KubernetesObject, ManifestDocument>;
}

/** Where an object's fields are: at lines of a file, else by its name. */
export function documentOf(
  object: KubernetesObject,
  { files }: Pick<GatewayApiObjects, 'files'>,
): ManifestDocument {
  return files?.get(object) ?? objectDocument(object);
}

export function nameOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return `${namespace}/${name}`;
}

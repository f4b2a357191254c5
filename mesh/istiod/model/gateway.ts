import type { Position } from '#mesh/diagnostic.ts';
import type { Labels } from '#mesh/istiod/model/pod.ts';
import type { VirtualHost } from '#mesh/istiod/model/route.ts';
import type { ConnectionRoute } from '#mesh/istiod/model/traffic-policy.ts';

/** An installed gateway's Service leads from these ports to those of its pod. */
const servicePorts = [
  { port: 80, podPort: 8080 },
  { port: 443, podPort: 8443 },
];

/**
 * A Gateway may name a port of the gateway's Service or of its pod (80 or 8080), and means the same listener, as in Istio.
 * This is the Service's, by which the model knows it.
 */
export function gatewayServicePort(port: number): number {
  return servicePorts.find(({ podPort }) => podPort === port)?.port ?? port;
}

/** The pod's port, which policies mean, for one of the Service. */
export function gatewayPodPort(port: number): number {
  return servicePorts.find((pair) => pair.port === port)?.podPort ?? port;
}

/** The one Envoy that plays a gateway Deployment such as istio-ingressgateway. */
export interface GatewayWorkload {
  readonly name: string;
  /** The Deployment, which telemetry names it by. */
  readonly workload?: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  /** The Gateway of Gateway API that it was made for, as `namespace/name`. */
  readonly madeFor?: string;
  /** Its ports, merged from all Gateway resources that select it; none: nothing listens, as in Istio. */
  readonly servers: readonly GatewayServer[];
}

/** One port of a gateway with everything that Gateways and VirtualServices put on it. */
export interface GatewayServer {
  /** The Service's port (80), also for a Gateway that declares the pod's, and where it is bound on 127.0.0.1. */
  readonly port: number;
  readonly localPort: number;
  /** The address of this machine that it is bound to; absent: 127.0.0.1. */
  readonly address?: string;
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** For HTTP, and for HTTPS what comes in plain text beside it: of all servers together. */
  readonly virtualHosts: readonly GatewayVirtualHost[];
  /** For HTTPS, chosen by SNI: what one server has, the others do not. */
  readonly tlsServers: readonly GatewayTlsServer[];
  /** Traffic that passes as bytes: all TCP, and TLS for the names of such a server. */
  readonly connections?: readonly GatewayConnections[];
  readonly sources: readonly Position[];
}

export interface GatewayVirtualHost extends VirtualHost {
  /** Whether requests in plain text are sent to HTTPS, whatever the routes say. */
  readonly httpsRedirect?: true;
}

/** A server that ends TLS and routes the requests in it. */
export interface GatewayTlsServer {
  /** Of its routes, as Istio makes it: `https.443.PORT-NAME.GATEWAY.NAMESPACE`. */
  readonly name: string;
  readonly tls: GatewayTls;
  readonly virtualHosts: readonly GatewayVirtualHost[];
}

/** The connections that a gateway's port passes on, for one server of one Gateway. */
export interface GatewayConnections {
  /** The names that a TLS greeting may ask for; `*` for any. */
  readonly hosts: readonly string[];
  /** Whether the gateway ends TLS itself; absent: it passes the bytes on as they are. */
  readonly tls?: GatewayTls;
  readonly routes: readonly ConnectionRoute[];
}

/** A server's certificate. */
export interface GatewayTls {
  readonly hosts: readonly string[];
  readonly mode: 'SIMPLE' | 'MUTUAL' | 'OPTIONAL_MUTUAL' | 'ISTIO_MUTUAL';
  /** The Secret, as `namespace/name`, with `tls.crt` and `tls.key` (and `ca.crt` where clients are verified). */
  readonly credential?: string;
  /** Further Secrets; a client gets the certificate that it can use. */
  readonly furtherCredentials?: readonly string[];
  /** In place of Secrets: PEM files on this machine. */
  readonly files?: readonly { readonly certificate: string; readonly key: string }[];
  /** Who vouches for clients, where it is not the first Secret. */
  readonly clientRoots?:
    | { readonly credential: string }
    | { readonly file: string }
    | { readonly pem: string };
  readonly clients?: ClientVerification;
  readonly minimumVersion?: TlsVersion;
  readonly maximumVersion?: TlsVersion;
  readonly cipherSuites?: readonly string[];
}

export type TlsVersion = 'TLSv1_0' | 'TLSv1_1' | 'TLSv1_2' | 'TLSv1_3';

/** What a client's certificate must be, beside signed. */
export interface ClientVerification {
  readonly subjectAltNames?: readonly string[];
  /** SHA-256 of its public key (base64) and of itself (hexadecimal). */
  readonly spki?: readonly string[];
  readonly hashes?: readonly string[];
  /** A file of revoked certificates. */
  readonly revoked?: string;
  /** Whether anybody may have signed it. */
  readonly isUnsigned?: true;
}

/** The label by which a pod says which Gateway of Gateway API it was made for. */
export const gatewayNameLabel = 'gateway.networking.k8s.io/gateway-name';

/** Ends the name of a port of the installed gateway's Service that has Istio's number, where the port had to move on this machine. */
export const movedPortSuffix = '-declared';

/** The gateway that every mesh has, as an installation of Istio names it. */
export const gatewayName = 'istio-ingressgateway';
export const gatewayNamespace = 'istio-system';
export const gatewayLabels = { app: gatewayName, istio: 'ingressgateway' };

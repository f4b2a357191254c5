import type { Position } from '#mesh/diagnostic.ts';
import type { ConnectionRoute } from '#mesh/model/connection.ts';
import type { Labels } from '#mesh/model/pod.ts';
import type { VirtualHost } from '#mesh/model/route.ts';

/** The one Envoy that plays a gateway Deployment such as istio-ingressgateway. */
export interface GatewayWorkload {
  readonly name: string;
  /** The Deployment, which telemetry names it by. */
  readonly workload?: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
  readonly adminPort: number;
  /** Its ports, merged from all Gateway resources that select it; none: nothing listens, as in Istio. */
  readonly servers: readonly GatewayServer[];
}

/** One port of a gateway with everything that Gateways and VirtualServices put on it. */
export interface GatewayServer {
  /** The declared port (80) and where it is bound on 127.0.0.1 (8080). */
  readonly port: number;
  readonly localPort: number;
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** For HTTPS: one per server, chosen by SNI. */
  readonly tls: readonly GatewayTls[];
  /** For HTTP with `httpsRedirect`. */
  readonly httpsRedirect: boolean;
  readonly virtualHosts: readonly VirtualHost[];
  /** What is passed on as bytes: everything of TCP, and of HTTPS what asks for the names of such a server. */
  readonly connections?: readonly GatewayConnections[];
  readonly sources: readonly Position[];
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
  readonly mode: 'SIMPLE' | 'MUTUAL';
  /** The Secret, as `namespace/name`, with `tls.crt` and `tls.key` (and `ca.crt` for MUTUAL). */
  readonly credential: string;
}

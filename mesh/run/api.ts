import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';

/**
 * The runner's control interface: JSON over HTTP on the Unix socket `.mesh/mesh.sock`. The command line is its only
 * client. Kubernetes' conventions where it has one: objects have apiVersion, kind, metadata, spec, status.
 *
 *   POST /apply                       ApplyRequest      → ApplyResponse (200, or 422 when diagnostics hold an error)
 *   POST /delete                      DeleteRequest     → ApplyResponse
 *   POST /analyze                     ApplyRequest      → {diagnostics} of the files merged into what is applied; changes nothing
 *   GET  /objects?kind=&namespace=&labelSelector=       → {items: KubernetesObject[]}; derived kinds (Pod, Endpoints,
 *                                                         ReplicaSet, the gateway's Service) included, with status
 *   GET  /logs/:namespace/:pod?container=&follow=&tail= → text/plain stream; container is the program or istio-proxy
 *   GET  /exec/:namespace/:pod                          → ExecTarget
 *   GET  /mesh                                          → Mesh (mesh/istiod/model/mesh.ts)
 *   GET  /overview                                      → Overview
 *   GET  /events                                        → application/x-ndjson stream of UpEvent until ready or failed
 *   POST /shutdown                                      → {} once every process has ended
 */
export interface ApplyRequest {
  readonly files: readonly SourceFile[];
  /** For objects that name none. */
  readonly namespace: string;
  readonly dryRun?: boolean;
}

export interface DeleteRequest {
  readonly files?: readonly SourceFile[];
  readonly objects?: readonly ObjectName[];
  readonly namespace: string;
  readonly ignoreNotFound?: boolean;
}

export interface ObjectName {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

export interface ApplyResponse {
  readonly results: readonly (ObjectName & {
    /** As kubectl prints it: `virtualservice.networking.istio.io/frontend`. */
    readonly resource: string;
    readonly action: 'created' | 'configured' | 'unchanged' | 'deleted';
  })[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** ISO 8601. */
    readonly creationTimestamp: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface ExecTarget {
  readonly containers: readonly string[];
  /** The environment of the pod's program, proxy variables included. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The Unix socket of the pod's Envoy, for `-c istio-proxy`. */
  readonly adminSocket?: string;
}

export interface Overview {
  readonly pods: readonly {
    readonly name: string;
    readonly namespace: string;
    readonly ready: string;
    readonly status: string;
    readonly restarts: number;
    /** The programs that play its containers; `stand-in` for one that only says what it received. */
    readonly playedBy?: readonly string[];
    /** Local ports, from the declared one to the bound one. */
    readonly ports: Readonly<Record<number, number>>;
    /** Where its Envoy's admin interface can be read; absent in a pod without sidecar. */
    readonly adminUrl?: string;
  }[];
  readonly urls: readonly { readonly name: string; readonly url: string }[];
  /** Outside hosts that a local process plays. */
  readonly standIns: readonly { readonly host: string; readonly address: string }[];
  readonly gatewayUrl?: string;
  /** The console, with the token that lets its page see and change the mesh. */
  readonly consoleUrl?: string;
  /** The page that leads to what each Envoy says of itself. */
  readonly envoysUrl?: string;
  /** The metrics of all pods in Prometheus' format. */
  readonly metricsUrl?: string;
  /** Where spans go and are read; absent when nothing is traced. */
  readonly traces?: {
    /** The page for people. */
    readonly page: { readonly name: string; readonly url: string };
    /** The origin of Zipkin's query API; a Jaeger has none. */
    readonly api?: string;
    /** Where spans in Zipkin's JSON are taken, and in OTLP over HTTP. */
    readonly zipkin: string;
    readonly otlp?: string;
    /** Whether it is the mesh's own collector. */
    readonly embedded: boolean;
  };
}

/** What `mesh up` shows while it waits. */
export type UpEvent =
  | {
      readonly type: 'step';
      readonly name: string;
      readonly state: 'started' | 'done';
      readonly detail?: string;
    }
  | { readonly type: 'ready'; readonly milliseconds: number }
  | { readonly type: 'failed'; readonly message: string };

/** A request that the runner refuses; `status` is the HTTP status that says so. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Duplex } from 'node:stream';

/** A port's protocol; with `any`, the first bytes of each connection decide. */
export type PortProtocol = 'http' | 'h2c' | 'grpc' | 'tcp' | 'any';

export interface PartPort {
  /** What the pod declares. */
  readonly number: number;
  /** Where to listen on 127.0.0.1. */
  readonly local: number;
  readonly name?: string;
  readonly protocol: PortProtocol;
}

/** How an annotation wants answers. Durations are in milliseconds. */
export interface Answer {
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delay?: number;
  /** The share of requests that fail, from 0 to 1, spread evenly: of 0.25 every fourth does. */
  readonly errors?: { readonly share: number; readonly status: number };
  /** URLs that are called before the answer, one after the other: http:// or grpc://. */
  readonly upstreams?: readonly string[];
  readonly grpcStatus?: number;
}

export interface Script extends Answer {
  /** By the beginning of the path; the longest wins, and what it leaves out is the script's. */
  readonly paths?: Readonly<Record<string, Answer>>;
}

/** One container that this process plays, as the kubelet describes it. */
export interface Part {
  readonly id: number;
  readonly role: string;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
  /** The file for what the container writes. */
  readonly log: string;
  readonly pod: {
    readonly name: string;
    readonly namespace: string;
    readonly workload: string;
    readonly version: string;
    readonly container: string;
  };
  readonly ports: readonly PartPort[];
  /** Paths that the kubelet's probes ask for. */
  readonly probes: readonly string[];
  readonly script?: Script;
}

/** HTTP/1.1 and h2c requests, which Node gives the same shape. */
export type Request = IncomingMessage | Http2ServerRequest;
export type Response = ServerResponse | Http2ServerResponse;

export interface GrpcRequest {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly messages: AsyncIterable<Buffer>;
  readonly port: PartPort;
}

export interface GrpcReply {
  header(name: string, value: string): void;
  send(message: Uint8Array): void;
}

/** How a role answers on the ports of its container. It does not speak protocols that it leaves out. */
export interface Role {
  http?(request: Request, response: Response, port: PartPort): Promise<void>;
  grpc?(request: GrpcRequest, reply: GrpcReply): Promise<void>;
  tcp?(socket: Duplex, port: PartPort): void;
  /** On which paths WebSockets get back what they send, if any. */
  webSocket?(path: string): boolean;
}

/** What a role can use. */
export interface Stage {
  readonly part: Part;
  /** A line of the container's log. */
  readonly say: (line: string) => void;
  /** Ends the container as a program would by itself. */
  readonly exit: (code: number) => void;
}

export type RoleFactory = (stage: Stage) => Role;

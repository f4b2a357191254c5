/** One run of a load generator against a server. */
export interface ClientRun {
  /** Answered, each with 200. */
  readonly requests: number;
  /** Of the sending. */
  readonly seconds: number;
  /** Latencies in milliseconds, by percentile. */
  readonly percentiles: Readonly<Record<number, number>>;
  /** Of the client's process from its start to its end. */
  readonly cpuSeconds: number;
}

export interface ClientOptions {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second over all connections; as fast as they are answered where it is absent. */
  readonly rate?: number;
  /** The narrowest range, in seconds, in which a client that counts in ranges does so; 1 ms where it is absent. */
  readonly resolution?: number;
}

/** What every client is asked for. */
export const PERCENTILES = [50, 90, 99] as const;

/** A client that can be measured; rejects when a request fails. */
export type Client = (options: ClientOptions) => Promise<ClientRun>;

/** What a core's worth of CPU time sends. */
export function perCore({ requests, cpuSeconds }: ClientRun): number {
  return requests / cpuSeconds;
}

export function perSecond({ requests, seconds }: ClientRun): number {
  return requests / seconds;
}

/** A span's kind, in Zipkin's words; a span inside one program has none. */
export type SpanKind = 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER';

/** One side of a network call. */
export interface Endpoint {
  readonly serviceName?: string;
  readonly ipv4?: string;
  readonly ipv6?: string;
  readonly port?: number;
}

export interface Annotation {
  /** Microseconds since 1970. */
  readonly timestamp: number;
  readonly value: string;
}

/**
 * One operation of a trace, whichever protocol brought it. The shape is that of Zipkin's v2 API
 * (https://zipkin.io/zipkin-api/), so that it is written out as it is.
 */
export interface Span {
  /** 16 or 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits. */
  readonly id: string;
  readonly parentId?: string;
  readonly name?: string;
  readonly kind?: SpanKind;
  /** Microseconds since 1970. */
  readonly timestamp?: number;
  /** Microseconds. */
  readonly duration?: number;
  /** The server's half of a span that the client began under the same id. */
  readonly shared?: boolean;
  readonly localEndpoint?: Endpoint;
  readonly remoteEndpoint?: Endpoint;
  readonly tags: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
}

export function serviceOf({ localEndpoint }: Span): string {
  return localEndpoint?.serviceName ?? 'unknown';
}

/** Microseconds since 1970; 0 when nobody reported it. */
export function startOf({ timestamp }: Span): number {
  return timestamp ?? 0;
}

/** Microseconds since 1970. */
export function endOf(span: Span): number {
  return startOf(span) + (span.duration ?? 0);
}

/**
 * A trace's id in the one form that is compared: lower case, 32 digits, or 16 when the upper half is zero. A program
 * that knows only 64 bits and one that fills them up with zeros mean the same trace.
 */
export function traceId(text: string): string {
  const padded = text.toLowerCase().padStart(32, '0');
  return /^0{16}/.test(padded) ? padded.slice(16) : padded;
}

/** A span's id: 16 digits, in lower case. */
export function spanId(text: string): string {
  return text.toLowerCase().padStart(16, '0');
}

/** Whether the text can be a trace's id: up to 32 hexadecimal digits that are not all zero. */
export function isTraceId(text: string): boolean {
  return /^[0-9a-f]{1,32}$/i.test(text) && !/^0+$/.test(text);
}

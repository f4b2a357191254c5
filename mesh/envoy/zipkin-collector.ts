/**
 * Where the Envoys of a mesh send their spans: a server that takes Zipkin v2 JSON, such as the embedded trace
 * collector, Zipkin itself or a Jaeger with its Zipkin port open.
 */
export interface ZipkinCollector {
  readonly host: string;
  readonly port: number;
  /** Path that takes spans, `/api/v2/spans`. */
  readonly path: string;
}

import { isIP } from 'node:net';
import { circuitBreakers } from '#mesh/envoy/clusters/circuit-breakers.ts';
import { staticCluster } from '#mesh/envoy/clusters/static-cluster.ts';
import type { JsonObject } from '#mesh/envoy/config.ts';
import { typed } from '#mesh/envoy/json.ts';
import type { ZipkinCollector } from '#mesh/envoy/zipkin-collector.ts';

/** As Istio names the collector of a proxy's bootstrap. */
const ZIPKIN = 'zipkin';

/** Envoy's Zipkin tracer, the only one that reads and writes B3 headers; fields as Istio sets them. */
export function zipkinTracer({ host, port, path }: ZipkinCollector): JsonObject {
  return {
    name: 'envoy.tracers.zipkin',
    typed_config: typed('envoy.config.trace.v3.ZipkinConfig', {
      trace_id_128bit: true,
      shared_span_context: false,
      collector_endpoint_version: 'HTTP_JSON',
      collector_service: {
        http_uri: { uri: `http://${host}:${port}${path}`, cluster: ZIPKIN, timeout: '5s' },
      },
    }),
  };
}

/** The collector itself. */
export function zipkinCluster({ host, port }: ZipkinCollector): JsonObject {
  return {
    ...staticCluster({ name: ZIPKIN, address: host, port }),
    circuit_breakers: circuitBreakers(),
    ...(isIP(host) === 0 && {
      type: 'STRICT_DNS',
      dns_lookup_family: 'V4_PREFERRED',
      wait_for_warm_on_init: false,
    }),
  };
}

/** Bootstrap runtime values: a span is sent half a second after its request, not five. */
export const TRACING_RUNTIME: JsonObject = { 'tracing.zipkin.flush_interval_ms': 500 };

import { expect, it } from 'vitest';
import { withIstioNames } from '#mesh/telemetry/metrics/istio-names.ts';

it("shows Istio's metrics under their own names, with `unknown` for what is empty", () => {
  const text = [
    '# TYPE envoy_istio_requests_total counter',
    'envoy_istio_requests_total{reporter="source",destination_app="",grpc_response_status="",le=""} 3',
  ].join('\n');
  expect(withIstioNames(text)).toBe(
    [
      '# TYPE istio_requests_total counter',
      'istio_requests_total{reporter="source",destination_app="unknown",grpc_response_status="",le="unknown"} 3',
    ].join('\n'),
  );
});

it("leaves Envoy's own metrics as they are", () => {
  const text = '# TYPE envoy_cluster_upstream_rq counter\nenvoy_cluster_upstream_rq{cluster_name=""} 1\n';
  expect(withIstioNames(text)).toBe(text);
});

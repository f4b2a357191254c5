import { expect, it } from 'vitest';
import { trafficOf } from '#mesh/telemetry/metrics/traffic.ts';

const edge = (source: string, destination: string) =>
  `source_workload="${source}",source_workload_namespace="shop",destination_workload="${destination}",destination_workload_namespace="shop",destination_service="web.shop.svc.cluster.local",destination_service_name="web"`;

it("counts the caller's reports, and the answering side's for callers that cannot report", () => {
  const exposition = [
    `istio_requests_total{reporter="source",${edge('gw', 'web')},response_code="200"} 6`,
    `istio_requests_total{reporter="source",${edge('gw', 'web')},response_code="503"} 3`,
    `istio_requests_total{reporter="source",${edge('gw', 'web')},response_code="0"} 1`,
    `istio_requests_total{reporter="destination",${edge('gw', 'web')},response_code="200"} 9`,
    `istio_requests_total{reporter="destination",${edge('unknown', 'web')},response_code="404"} 2`,
    `istio_request_duration_milliseconds_bucket{reporter="source",${edge('gw', 'web')},le="5"} 10`,
    `istio_request_duration_milliseconds_bucket{reporter="source",${edge('gw', 'web')},le="+Inf"} 10`,
  ].join('\n');
  const service = 'web.shop.svc.cluster.local';
  expect(trafficOf(exposition)).toEqual([
    { source: 'gw.shop', destination: 'web.shop', service, requests: 10, errors: 4, p50: 2.5, p99: 4.95 },
    { source: 'unknown', destination: 'web.shop', service, requests: 2, errors: 0 },
  ]);
});

it('names the service where no workload answered', () => {
  const exposition = `istio_requests_total{reporter="source",${edge('gw', 'unknown')},response_code="503"} 1`;
  expect(trafficOf(exposition)).toMatchObject([{ destination: 'web.shop.svc.cluster.local', errors: 1 }]);
});

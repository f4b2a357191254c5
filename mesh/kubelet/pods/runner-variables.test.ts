import { expect, it } from 'vitest';
import { exporterVariables, runnerVariables } from '#mesh/kubelet/pods/runner-variables.ts';

it("gives a pod its sidecar as proxy, and none of the user's", () => {
  const users = {
    ...{
      http_proxy: 'http://corp:3128',
      HTTPS_PROXY: 'http://corp:3128',
      all_proxy: 'socks5://corp',
      ALL_PROXY: 'x',
    },
    ...{
      NO_PROXY: '*',
      ftp_proxy: 'http://corp:3128',
      NODE_USE_ENV_PROXY: '1',
      npm_config_proxy: 'http://corp:3128',
    },
  };
  const variables = runnerVariables({
    host: { PATH: '/usr/bin', ...users },
    ...{ podName: 'web-1', ports: [], outboundPort: 20_001 },
  });
  const proxies = Object.entries(variables).filter(([name]) => /proxy/i.test(name));
  expect(Object.fromEntries(proxies)).toEqual({
    ...{ http_proxy: 'http://127.0.0.1:20001', HTTP_PROXY: 'http://127.0.0.1:20001' },
    ...{ https_proxy: 'http://127.0.0.1:20001', HTTPS_PROXY: 'http://127.0.0.1:20001' },
    ...{ no_proxy: 'localhost,127.0.0.1', NO_PROXY: 'localhost,127.0.0.1' },
  });
});

it("sends spans once: to the mesh's collector instead of a cluster's Jaeger", () => {
  const zipkin = 'http://127.0.0.1:9411/api/v2/spans';
  const otlp = 'http://localhost:4318/v1/traces';
  const jaeger = { JAEGER_HOST: 'jaeger-agent.istio-system' };
  expect(exporterVariables(jaeger, { zipkin })).toEqual({ OTEL_TRACES_EXPORTER: 'zipkin' });
  expect(exporterVariables(jaeger, { zipkin, otlp })).toEqual({
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: otlp,
  });
  expect(exporterVariables(jaeger, undefined)).toEqual({});
  expect(exporterVariables({}, { zipkin, otlp })).toEqual({});
});

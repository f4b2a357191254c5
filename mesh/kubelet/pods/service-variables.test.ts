import { expect, test } from 'vitest';
import { serviceVariables } from '#mesh/kubelet/pods/runner-variables.ts';

test('a Service gives both forms of variables', () => {
  const ports = [
    { number: 80, name: 'http-web' },
    { number: 53, name: '', protocol: 'UDP' },
  ];
  expect(serviceVariables([{ name: 'my-svc', clusterIP: '10.96.0.7', ports }])).toEqual({
    MY_SVC_SERVICE_HOST: '10.96.0.7',
    MY_SVC_SERVICE_PORT: '80',
    MY_SVC_SERVICE_PORT_HTTP_WEB: '80',
    MY_SVC_PORT: 'tcp://10.96.0.7:80',
    MY_SVC_PORT_80_TCP: 'tcp://10.96.0.7:80',
    MY_SVC_PORT_80_TCP_PROTO: 'tcp',
    MY_SVC_PORT_80_TCP_PORT: '80',
    MY_SVC_PORT_80_TCP_ADDR: '10.96.0.7',
    MY_SVC_PORT_53_UDP: 'udp://10.96.0.7:53',
    MY_SVC_PORT_53_UDP_PROTO: 'udp',
    MY_SVC_PORT_53_UDP_PORT: '53',
    MY_SVC_PORT_53_UDP_ADDR: '10.96.0.7',
  });
});

test('a headless Service gives none', () => {
  expect(serviceVariables([{ name: 'db', clusterIP: 'None', ports: [{ number: 1, name: '' }] }])).toEqual({});
});

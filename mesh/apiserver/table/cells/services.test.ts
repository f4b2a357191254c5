import { describe, expect, it } from 'vitest';
import { rowOf } from '#mesh/apiserver/table/testing/row-of.ts';

type Row = Record<string, unknown>;

const selector = {
  matchLabels: { b: '2', a: '1' },
  matchExpressions: [
    { key: 'c', operator: 'In', values: ['y', 'x'] },
    { key: 'd', operator: 'NotIn', values: ['z'] },
    { key: 'e', operator: 'Exists' },
    { key: 'f', operator: 'DoesNotExist' },
  ],
};
const selected = 'a=1,b=2,c in (x,y),d notin (z),e,!f';

describe('services and what they lead to', () => {
  const ports = [
    { port: 80, nodePort: 31234, protocol: 'TCP' },
    { port: 53, protocol: 'UDP' },
  ];
  it.each<[Row, Row]>([
    [
      { spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.1'], ports, selector: { b: '2', a: '1' } } },
      {
        Type: 'ClusterIP',
        'Cluster-IP': '10.96.0.1',
        'External-IP': '<none>',
        'Port(s)': '80:31234/TCP,53/UDP',
        Selector: 'a=1,b=2',
      },
    ],
    [
      { spec: { type: 'ClusterIP', clusterIP: 'None', externalIPs: ['1.1.1.1', '2.2.2.2'] } },
      { 'Cluster-IP': 'None', 'External-IP': '1.1.1.1,2.2.2.2', 'Port(s)': '<none>', Selector: '<none>' },
    ],
    [{ spec: { type: 'LoadBalancer' } }, { 'External-IP': '<pending>' }],
    [
      {
        spec: { type: 'LoadBalancer', externalIPs: ['9.9.9.9'] },
        status: { loadBalancer: { ingress: [{ hostname: 'lb.example.com' }, { ip: '1.2.3.4' }] } },
      },
      { 'External-IP': '1.2.3.4,lb.example.com,9.9.9.9' },
    ],
    [
      { spec: { type: 'ExternalName', externalName: 'a.com' } },
      { 'Cluster-IP': '<none>', 'External-IP': 'a.com' },
    ],
  ])('Service %#', (fields, cells) => {
    expect(rowOf('v1 Service', fields)).toMatchObject(cells);
  });

  const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'].map((ip) => ({ ip }));
  it.each<[Row, string]>([
    [{}, '<none>'],
    [{ subsets: [{ notReadyAddresses: addresses, ports: [{ port: 80 }] }] }, ''],
    [{ subsets: [{ addresses: addresses.slice(0, 2), ports: [{ port: 80 }] }] }, '10.0.0.1:80,10.0.0.2:80'],
    [{ subsets: [{ addresses, ports: [{ port: 80 }] }] }, '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...'],
    [
      { subsets: [{ addresses: addresses.slice(0, 2), ports: [{ port: 80 }, { port: 81 }] }] },
      '10.0.0.1:80,10.0.0.2:80,10.0.0.1:81 + 1 more...',
    ],
    [{ subsets: [{ addresses: addresses.slice(0, 1) }] }, '10.0.0.1'],
    [{ subsets: [{ addresses: [{ ip: '::1' }], ports: [{ port: 80 }] }] }, '[::1]:80'],
  ])('Endpoints %#', (fields, text) => {
    expect(rowOf('v1 Endpoints', fields)['Endpoints']).toBe(text);
  });

  it('EndpointSlice', () => {
    const kind = 'discovery.k8s.io/v1 EndpointSlice';
    const endpoints = addresses.map(({ ip }) => ({ addresses: [ip] }));
    expect(
      rowOf(kind, { addressType: 'IPv4', ports: [{ port: 80 }, { name: 'any' }, {}], endpoints }),
    ).toMatchObject({
      AddressType: 'IPv4',
      Ports: '80,any,*',
      Endpoints: '10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...',
    });
    expect(rowOf(kind, { endpoints: [], ports: [] })).toMatchObject({
      Ports: '<unset>',
      Endpoints: '<unset>',
    });
  });

  it.each<[string, Row, Row]>([
    [
      'networking.k8s.io/v1 Ingress',
      {
        spec: { ingressClassName: 'nginx', tls: [{}], rules: ['a', 'b', 'c', 'd'].map((host) => ({ host })) },
        status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
      },
      { Class: 'nginx', Hosts: 'a,b,c + 1 more...', Address: '1.2.3.4', Ports: '80, 443' },
    ],
    [
      'networking.k8s.io/v1 Ingress',
      { spec: { rules: [{}] } },
      { Class: '<none>', Hosts: '*', Address: '', Ports: '80' },
    ],
    [
      'networking.k8s.io/v1 IngressClass',
      { spec: { controller: 'c/d', parameters: { apiGroup: 'k.com', kind: 'P', name: 'n' } } },
      { Controller: 'c/d', Parameters: 'P.k.com/n' },
    ],
    ['networking.k8s.io/v1 NetworkPolicy', { spec: { podSelector: selector } }, { 'Pod-Selector': selected }],
    ['networking.k8s.io/v1 NetworkPolicy', { spec: { podSelector: {} } }, { 'Pod-Selector': '<none>' }],
  ])('%s', (kind, fields, cells) => {
    expect(rowOf(kind, fields)).toMatchObject(cells);
  });
});

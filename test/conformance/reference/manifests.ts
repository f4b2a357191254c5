import { stringify } from 'yaml';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import { GATEWAY, podAddress, serviceAddress } from '#test/conformance/reference/addresses.ts';
import { PODS, worldObjects } from '#test/conformance/world.ts';

/** The world as the reference's istiod reads it: with the addresses that a cluster would give. */
export function referenceWorld(): string {
  return [...worldObjects().map(withAddresses), ...gatewayObjects()]
    .map((one) => stringify(one))
    .join('---\n');
}

type Spec = Record<string, unknown> & { template?: { metadata: Record<string, object>; spec: object } };

function withAddresses(object: Draft): Draft {
  const { name, namespace = '' } = object.metadata;
  const spec = object['spec'] as Spec;
  if (object.kind === 'Service')
    return { ...object, spec: { clusterIP: serviceAddress(namespace, name), ...spec } };
  if (object.kind !== 'Deployment' || !spec.template) return object;
  const inMesh = PODS[name]?.sidecar === false ? {} : { 'security.istio.io/tlsMode': 'istio' };
  const metadata = {
    labels: { ...spec.template.metadata['labels'], ...inMesh },
    annotations: { 'oracle/ips': podAddress(name) },
  };
  return { ...object, spec: { ...spec, template: { ...spec.template, metadata } } };
}

function gatewayObjects(): Draft[] {
  const { name, namespace, address } = GATEWAY;
  const ports = [
    { name: 'http2', port: 80, targetPort: 8080 },
    { name: 'https', port: 443, targetPort: 8443 },
    ...[8085, 8086, 31400, 15443].map((port) => ({ name: `p${port}`, port, targetPort: port })),
  ];
  const selector = { istio: 'ingressgateway' };
  // Istio injects no label of mutual TLS into gateways: callers speak plain text to them unless a rule says otherwise.
  const labels = { ...selector, app: name };
  const spec = { serviceAccountName: `${name}-service-account`, containers: [{ name: 'c', image: 'x' }] };
  const template = { metadata: { labels, annotations: { 'oracle/ips': address } }, spec };
  const metadata = { name, namespace };
  return [
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: '10.201.0.200', selector, ports } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: selector }, template },
    },
  ];
}

/** A host that only the marker's rule answers. */
export const MARKER_HOST = 'marker.test';

/** By its answer a client sees which push its sidecar has got. */
export function marker(push: number): Draft {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'zz-marker', namespace: 'istio-system' },
    spec: {
      hosts: [MARKER_HOST],
      http: [{ directResponse: { status: 200, body: { string: `${push}` } } }],
    },
  };
}

/**
 * A gateway's Secrets: istiod gives them to authenticated proxies only, so that files take their place, for which the
 * stand-in of the agent gives any certificate.
 */
export function withFiles(object: Draft): Draft {
  if (object.kind !== 'Gateway') return object;
  const spec = object['spec'] as { servers?: { tls?: { mode?: string; credentialName?: string } }[] };
  const servers = spec.servers?.map((server) => {
    const { credentialName, ...tls } = server.tls ?? {};
    if (tls.mode !== 'SIMPLE' || !credentialName?.endsWith('-cert')) return server;
    const path = `/etc/certs/${credentialName}`;
    return { ...server, tls: { ...tls, serverCertificate: `${path}.crt`, privateKey: `${path}.key` } };
  });
  return { ...object, spec: { ...spec, ...(servers && { servers }) } };
}

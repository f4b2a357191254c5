import { isIP } from 'node:net';
import { PODS, SERVICES } from '#test/conformance/world.ts';

/** The addresses of the reference's private network. */
export const CONTROL_PLANE = '10.200.0.1';
export const GATEWAY = { name: 'istio-ingressgateway', namespace: 'istio-system', address: '10.200.1.100' };
/** Two plain servers outside the mesh. */
export const OUTSIDE = '10.200.2.1';
export const OUTSIDE_PORTS = [
  { http: 18080, tls: 18443, tcp: 19000 },
  { http: 18081, tls: 18444, tcp: 19001 },
] as const;

const podAddresses = new Map(Object.keys(PODS).map((name, index) => [name, `10.200.1.${11 + index}`]));
const serviceAddresses = new Map(
  SERVICES.map(({ namespace, name }, index) => [`${namespace}/${name}`, `10.201.0.${10 + index}`]),
);

export const podAddress = (pod: string): string => podAddresses.get(pod) ?? '';
export const serviceAddress = (namespace: string, name: string) =>
  serviceAddresses.get(`${namespace}/${name}`) ?? '';

/** Where a pod's DNS and kube-proxy lead. Names that only DNS knows lead outside. */
export function placeOf(from: string, host: string, port: number): { address: string; port: number } {
  if (isIP(host) !== 0) return { address: host, port };
  const { namespace = '', sidecar } = PODS[from] ?? {};
  const [name, second = namespace, ...rest] = host.replace(/\.$/, '').split('.');
  const isService = ['', 'svc', 'svc.cluster.local'].includes(rest.join('.'));
  const service = isService && SERVICES.find((one) => one.name === name && one.namespace === second);
  if (!service) return { address: OUTSIDE, port };
  const [pod = ''] =
    Object.entries(PODS).find(([, one]) => one.namespace === second && one.labels['app'] === service.app) ??
    [];
  if (service.headless) return { address: podAddress(pod), port };
  if (sidecar !== false) return { address: serviceAddress(second, service.name), port };
  // Who has no sidecar has no kube-proxy here either: a pod behind the service.
  return {
    address: podAddress(pod),
    port: service.ports.find((one) => one.port === port)?.targetPort ?? port,
  };
}

/** https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/ */
const protocols = [
  'http',
  'http2',
  'https',
  'grpc',
  'grpc-web',
  'tcp',
  'tls',
  'udp',
  'mongo',
  'mysql',
  'redis',
];

/** The protocol that a Service port declares, by `appProtocol` or by its name; undefined when Istio has to guess. */
export function namedProtocol(port: { name?: string; appProtocol?: string }): string | undefined {
  if (port.appProtocol !== undefined) return port.appProtocol;
  return protocols
    .filter((protocol) => port.name === protocol || port.name?.startsWith(`${protocol}-`))
    .sort((left, right) => right.length - left.length)[0];
}

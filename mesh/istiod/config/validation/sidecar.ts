import { checkDestination } from '#mesh/istiod/config/validation/destination.ts';
import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { checkServerTls } from '#mesh/istiod/config/validation/gateway.ts';
import {
  checkNamespacedHost,
  checkSelector,
  isAddress,
  isLabel,
} from '#mesh/istiod/config/validation/names.ts';
import { checkConnectionPool } from '#mesh/istiod/config/validation/traffic-policy.ts';
import { checkPort, isProtocol, isTls } from '#mesh/istiod/config/validation/values.ts';

/** What istiod's webhook says of a Sidecar. */
export function* sidecar(spec: Field, { namespace }: { readonly namespace: string }): Problems {
  const selector = spec.at('workloadSelector');
  const selection = [...checkSelector(selector, selector.at('labels'))];
  // A wrong selector is all that Istio says.
  if (selection.some(({ severity }) => severity === 'error')) return yield* selection;
  for (const { message } of selection)
    yield selector.warned(`sidecar: ${message}, will be applied to all services in namespace`);
  const [policy, pool] = [spec.at('outboundTrafficPolicy'), spec.at('inboundConnectionPool')];
  if (spec.at('egress').items.length + spec.at('ingress').items.length === 0 && !policy.isSet && !pool.isSet)
    return yield spec.refused(
      'sidecar: empty configuration provided',
      'add `egress`, `ingress` or `outboundTrafficPolicy`',
    );
  yield* checkIngress(spec.at('ingress'));
  yield* checkConnectionPool(pool);
  yield* checkEgress(spec.at('egress'), namespace);
  yield* checkProxy(policy);
  return undefined;
}

function* checkIngress(ingress: Field): Problems {
  const numbers = new Set<number>();
  for (const listener of ingress.items) {
    const [port, bind] = [listener.at('port'), listener.at('bind')];
    if (!port.isSet) {
      yield listener.refused('sidecar: port is required for ingress listeners');
      continue;
    }
    yield* checkTarget(port);
    yield* checkPort(port.at('number'));
    yield* checkPortNames(port);
    if (bind.text !== '') yield* checkBind(bind);
    yield* checkUnique(port, numbers);
    yield* checkEndpoint(listener.at('defaultEndpoint'));
    yield* checkTls(listener);
    yield* checkConnectionPool(listener.at('connectionPool'));
  }
}

function* checkTarget(port: Field): Problems {
  const target = port.at('targetPort');
  if (target.number > 0) yield target.refused('targetPort has no impact on Sidecars', 'remove it');
}

function* checkPortNames(port: Field): Problems {
  const [name, protocol] = [port.at('name'), port.at('protocol')];
  if (name.text !== '' && !isLabel(name.text)) yield name.refused(`invalid port name: ${name.text}`);
  if (protocol.text !== '' && !isProtocol(protocol.text))
    yield protocol.refused(
      `unsupported protocol: ${protocol.text}`,
      'write HTTP, HTTPS, TLS, TCP, GRPC or HTTP2',
    );
}

function* checkBind(bind: Field): Problems {
  if (!isAddress(bind.text)) yield bind.refused(`${bind.text} is not a valid IP`);
}

function* checkUnique(port: Field, numbers: Set<number>): Problems {
  const { number } = port.at('number');
  if (numbers.has(number)) yield port.refused('sidecar: ports on IP bound listeners must be unique');
  numbers.add(number);
}

const SOCKET = 'unix://';
const ADDRESSES = ['127.0.0.1', '0.0.0.0', '[::1]', '[::]'];

function* checkEndpoint(endpoint: Field): Problems {
  const { text } = endpoint;
  if (text === '') return;
  if (text.startsWith(SOCKET)) {
    if (!/^unix:\/\/[/@].*[^/]$/.test(text))
      yield endpoint.refused(`${text.slice(SOCKET.length)} is not an absolute path to a file`);
    return;
  }
  const colon = text.lastIndexOf(':');
  const [address, port] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  if (colon < 0) yield endpoint.refused(`address ${text}: missing port in address`);
  else if (address !== '' && !ADDRESSES.includes(address))
    yield endpoint.refused(
      'sidecar: defaultEndpoint must be of form 127.0.0.1:<port>,0.0.0.0:<port>,[::1]:port,[::]:port,unix://filepath or unset',
    );
  const number = Number(port);
  if (!/^[-+]?\d+$/.test(port))
    yield endpoint.refused(
      `sidecar: defaultEndpoint port (${port}) is not a number: strconv.Atoi: parsing "${port}": invalid syntax`,
    );
  else if (number < 1 || number > 65_535)
    yield endpoint.refused(`port number ${number} must be in the range 1..65535`);
}

function* checkTls(listener: Field): Problems {
  const tls = listener.at('tls');
  if (!tls.isSet) return;
  const not = (name: string, isWritten: boolean, message: string) =>
    isWritten ? [tls.at(name).refused(`sidecar: ${message}`)] : [];
  yield* not(
    'subjectAltNames',
    tls.at('subjectAltNames').items.length > 0,
    'subjectAltNames is not supported in ingress tls',
  );
  yield* not('httpsRedirect', tls.at('httpsRedirect').flag, 'httpsRedirect is not supported');
  yield* not(
    'credentialName',
    tls.at('credentialName').text !== '',
    'credentialName is not currently supported',
  );
  const mode = tls.at('mode');
  if (['ISTIO_MUTUAL', 'AUTO_PASSTHROUGH'].includes(mode.text))
    yield mode.refused(`configuration is invalid: cannot set mode to ${mode.text} in sidecar ingress tls`);
  if (!isTls(listener.at('port', 'protocol').text))
    yield tls.refused('server cannot have TLS settings for non HTTPS/TLS ports', 'write `protocol: HTTPS`');
  yield* checkServerTls(tls);
}

function* checkEgress(egress: Field, namespace: string): Problems {
  const numbers = new Set<number>();
  const last = egress.items.length - 1;
  for (const [index, listener] of egress.items.entries()) {
    const port = listener.at('port');
    if (port.isSet) {
      yield* checkTarget(port);
      yield* checkEgressPort(listener);
      if (port.at('number').number > 0) yield* checkUnique(port, numbers);
    } else if (index < last)
      yield listener.refused(
        'sidecar: the egress listener with empty port should be the last listener in the list',
      );
    yield* checkHosts(listener.at('hosts'), namespace);
  }
}

function* checkEgressPort(listener: Field): Problems {
  const [port, bind] = [listener.at('port'), listener.at('bind')];
  const isSocket = bind.text.startsWith(SOCKET);
  if (port.at('number').number > 0) {
    yield* checkPort(port.at('number'));
    if (bind.text !== '') yield* checkBind(bind);
  } else if (!isSocket)
    yield port.refused('sidecar: ports with 0 value must have a unix domain socket bind address');
  else if (listener.at('captureMode').text === 'IPTABLES')
    yield listener
      .at('captureMode')
      .refused('sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners');
  yield* checkPortNames(port);
}

function* checkHosts(hosts: Field, namespace: string): Problems {
  if (hosts.items.length === 0)
    yield hosts.refused('sidecar: egress listener must contain at least one host');
  const known = new Map<string, Set<string>>();
  for (const host of hosts.items) {
    const slash = host.text.indexOf('/');
    if (slash >= 0) {
      const own = host.text.slice(0, slash) === '.' ? namespace : host.text.slice(0, slash);
      const [name, names] = [host.text.slice(slash + 1), known.get(own) ?? new Set<string>()];
      if (names.has(name) || names.has('*') || (name === '*' && names.size > 0))
        yield host.warned(`duplicated egress host: ${host.text}`);
      known.set(own, names.add(name));
    }
    yield* checkNamespacedHost(host, 'sidecar');
  }
}

function* checkProxy(policy: Field): Problems {
  const proxy = policy.at('egressProxy');
  if (!proxy.isSet) return;
  if (policy.at('mode').text !== 'ALLOW_ANY')
    yield proxy.refused('sidecar: egress_proxy must be set only with ALLOW_ANY outbound_traffic_policy mode');
  else {
    if (!proxy.at('port').isSet) yield proxy.refused('sidecar: egress_proxy port must be non-nil');
    yield* checkDestination(proxy);
  }
}

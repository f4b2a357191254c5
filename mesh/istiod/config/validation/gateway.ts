import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { checkNamespacedHost, isAddress, isLabel } from '#mesh/istiod/config/validation/names.ts';
import { checkPort, isHttp, isProtocol, isTls } from '#mesh/istiod/config/validation/values.ts';

/** What istiod's webhook says of a Gateway. */
export function* gateway(spec: Field, { name }: { readonly name: string }): Problems {
  if (!isLabel(name)) yield spec.refused(`invalid gateway name: "${name}"`);
  const servers = spec.at('servers');
  if (servers.items.length === 0) yield servers.refused('gateway must have at least one server');
  for (const server of servers.items) yield* checkServer(server);
  const names = new Set<string>();
  for (const server of servers.items) {
    const port = server.at('port');
    const { text } = port.at('name');
    if (names.has(text))
      yield port.at('name').refused(`port names in servers must be unique: duplicate name ${text}`);
    names.add(text);
    const redirect = server.at('tls', 'httpsRedirect');
    if (redirect.flag && !isHttp(port.at('protocol').text))
      yield redirect.warned('tls.httpsRedirect should only be used with http servers');
  }
}

function* checkServer(server: Field): Problems {
  const hosts = server.at('hosts');
  if (hosts.items.length === 0) yield hosts.refused('server config must contain at least one host');
  for (const host of hosts.items) yield* checkNamespacedHost(host, 'gateway');
  const portProblems = [...checkServerPort(server)];
  yield* portProblems;
  const bind = server.at('bind');
  if (bind.text !== '' && !bind.text.startsWith('unix://') && !isAddress(bind.text))
    yield bind.refused(`${bind.text} is not a valid IP`);
  yield* checkServerTls(server.at('tls'));
  if (portProblems.length === 0) yield* checkTlsFits(server);
}

function* checkServerPort(server: Field): Problems {
  const port = server.at('port');
  if (!port.isSet) {
    yield port.refused('port is required');
    return;
  }
  const protocol = port.at('protocol');
  if (!isProtocol(protocol.text))
    yield protocol.refused(
      `invalid protocol "${protocol.text}", supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP`,
    );
  if (port.at('number').number > 0 || !server.at('bind').text.startsWith('unix://'))
    yield* checkPort(port.at('number'));
  if (port.at('targetPort').number > 0)
    yield port.at('targetPort').refused('targetPort has no impact on Gateways', 'remove it');
  if (port.at('name').text === '') yield port.refused('port name must be set');
}

function* checkTlsFits(server: Field): Problems {
  const [protocol, tls] = [server.at('port', 'protocol').text, server.at('tls')];
  if (isTls(protocol) && !tls.isSet) {
    const fix = 'add `tls: {mode: SIMPLE, credentialName: …}`';
    yield server.refused('server must have TLS settings for HTTPS/TLS protocols', fix);
  } else if (!isTls(protocol) && tls.isSet) {
    const fix = 'write `protocol: HTTPS`, or remove `tls`';
    const isPassthrough = ['', 'PASSTHROUGH', 'AUTO_PASSTHROUGH'].includes(tls.at('mode').text);
    const hasFiles = ['caCertificates', 'privateKey', 'serverCertificate'].some(
      (name) => tls.at(name).text !== '',
    );
    if (!isHttp(protocol)) yield tls.refused('server cannot have TLS settings for non HTTPS/TLS ports', fix);
    else if (!isPassthrough || hasFiles)
      yield tls.refused('server cannot have TLS settings for plain text HTTP ports', fix);
  }
}

/** https://github.com/google/boringssl: `bssl ciphers -openssl-name ALL`, without PSK. */
const ciphers = new Set([
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ...['ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA', 'ECDHE-RSA-AES256-SHA'],
  ...['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES128-SHA', 'AES256-SHA', 'DES-CBC3-SHA'],
]);

/** Whether Envoy knows a cipher suite, or a pattern of them. */
export function isCipher(name: string): boolean {
  return name === '' || name === 'ALL' || !/^[\p{N}\p{L}]/u.test(name) || ciphers.has(name);
}

export function* checkServerTls(tls: Field): Problems {
  if (!tls.isSet) return;
  yield* checkCiphers(tls);
  const says = (name: string) => tls.at(name).text !== '';
  const mode = tls.at('mode').text || 'PASSTHROUGH';
  const material = ['serverCertificate', 'privateKey', 'caCertificates', 'credentialName'];
  if (mode === 'ISTIO_MUTUAL') {
    const what = ['server certificate', 'private key', 'CA bundle', 'credentialName'];
    for (const [index, name] of material.entries())
      if (says(name)) yield tls.at(name).refused(`ISTIO_MUTUAL TLS cannot have associated ${what[index]}`);
    return;
  }
  if (mode.endsWith('PASSTHROUGH') && [...material, 'caCrl'].some(says))
    yield tls.warned(`${mode} mode does not use certificates, they will be ignored`);
  const byName = says('credentialName') || tls.at('credentialNames').items.length > 0;
  if (!mode.endsWith('PASSTHROUGH') && byName) return;
  if (!mode.endsWith('PASSTHROUGH') && tls.at('tlsCertificates').items.length === 0)
    yield* checkFiles(tls, mode);
  if (says('caCrl') && mode === 'SIMPLE')
    yield tls.at('caCrl').refused('CRL is not supported with SIMPLE TLS');
}

function* checkFiles(tls: Field, mode: string): Problems {
  const kind = mode === 'SIMPLE' ? 'SIMPLE' : 'MUTUAL';
  const fix = 'add `credentialName` with the name of a Secret';
  const wanted = [
    ['serverCertificate', 'a server certificate'],
    ['privateKey', 'a private key'],
    ...(kind === 'MUTUAL' ? [['caCertificates', 'a client CA bundle']] : []),
  ] as const;
  for (const [name = '', what] of wanted)
    if (tls.at(name).text === '') yield tls.refused(`${kind} TLS requires ${what}`, fix);
}

function* checkCiphers(tls: Field): Problems {
  const suites = tls.at('cipherSuites');
  const old = ['TLSV1_0', 'TLSV1_1'].includes(tls.at('minProtocolVersion').text);
  if (old && suites.items.length === 0)
    yield tls.warned(
      'TLS version below TLSV1_2 require setting compatible ciphers as by default they no longer include compatible ciphers.',
    );
  const wrong = suites.texts.filter((name) => !isCipher(name));
  const right = suites.texts.filter(isCipher);
  const twice = right.filter((name, index) => right.indexOf(name) < index);
  const listed = (names: readonly string[]) => `[${[...new Set(names)].sort().join(' ')}]`;
  if (wrong.length > 0) yield suites.warned(`ignoring invalid cipher suites: ${listed(wrong)}`);
  if (twice.length > 0) yield suites.warned(`ignoring duplicate cipher suites: ${listed(twice)}`);
}

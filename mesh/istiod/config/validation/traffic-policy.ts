import type { Field, Problem, Problems } from '#mesh/istiod/config/validation/field.ts';
import { checkLocality } from '#mesh/istiod/config/validation/locality.ts';
import { isAddress, nameFault } from '#mesh/istiod/config/validation/names.ts';
import { checkDuration, checkPort } from '#mesh/istiod/config/validation/values.ts';

const settings = ['outlierDetection', 'connectionPool', 'loadBalancer', 'tls'];
const further = ['portLevelSettings', 'tunnel', 'proxyProtocol', 'retryBudget'];

/** The `trafficPolicy` of a DestinationRule or of one of its subsets. */
export function* checkTrafficPolicy(policy: Field): Problems {
  if (!policy.isSet) return;
  const has = (name: string) =>
    policy.at(name).isSet && (name !== 'portLevelSettings' || policy.at(name).items.length > 0);
  if (![...settings, ...further].some(has)) {
    yield policy.refused('traffic policy must have at least one field', 'remove it, or say what it is for');
    return;
  }
  if (has('tunnel') && has('proxyProtocol')) {
    yield policy.refused('tunnel and proxyProtocol must not be set together');
    return;
  }
  yield* checkSettings(policy);
  for (const port of policy.at('portLevelSettings').items) {
    if (!port.at('port').isSet) yield port.refused('portTrafficPolicy must have valid port');
    if (!settings.some((name) => port.at(name).isSet))
      yield port.refused('port traffic policy must have at least one field');
    else yield* checkSettings(port);
  }
  yield* checkTunnel(policy.at('tunnel'));
}

function* checkSettings(policy: Field): Problems {
  yield* checkOutliers(policy.at('outlierDetection'));
  yield* checkConnectionPool(policy.at('connectionPool'));
  yield* checkLoadBalancer(policy.at('loadBalancer'));
  yield* checkLocality(policy.at('loadBalancer', 'localityLbSetting'), policy.at('outlierDetection'));
  yield* checkClientTls(policy.at('tls'));
}

function* checkOutliers(outliers: Field): Problems {
  yield* checkDuration(outliers.at('baseEjectionTime'));
  const old = outliers.at('consecutiveErrors');
  if (old.number !== 0)
    yield old.warned(
      'outlier detection consecutive errors is deprecated, use consecutiveGatewayErrors or consecutive5xxErrors instead',
    );
  const local = outliers.at('consecutiveLocalOriginFailures');
  if (local.number > 0 && !outliers.at('splitExternalLocalOriginErrors').flag)
    yield local.refused(
      'outlier detection consecutive local origin failures is specified, but split external local origin errors is set to false',
      'add `splitExternalLocalOriginErrors: true`',
    );
  yield* checkDuration(outliers.at('interval'));
  for (const name of ['maxEjectionPercent', 'minHealthPercent']) {
    const field = outliers.at(name);
    if (field.number < 0 || field.number > 100)
      yield field.refused(`percentage ${field.number} is not in range 0..100`);
  }
}

const counts = {
  http: {
    http1MaxPendingRequests: 'http1 max pending requests',
    http2MaxRequests: 'http2 max requests',
    maxRequestsPerConnection: 'max requests per connection',
    maxRetries: 'max retries',
    maxConcurrentStreams: 'max concurrent streams',
  },
  tcp: { maxConnections: 'max connections' },
};

export function* checkConnectionPool(pool: Field): Problems {
  if (!pool.isSet) return;
  const [http, tcp] = [pool.at('http'), pool.at('tcp')];
  if (!http.isSet && !tcp.isSet) yield pool.refused('connection pool must have at least one field');
  yield* negatives(http, counts.http);
  yield* negatives(tcp, counts.tcp);
  yield* checkDuration(http.at('idleTimeout'));
  if (http.at('h2UpgradePolicy').text === 'UPGRADE' && http.at('useClientProtocol').flag)
    yield http.refused('use client protocol must not be true when H2UpgradePolicy is UPGRADE');
  const pings = http.at('http2KeepAlive');
  if (pings.isSet && !pings.at('interval').isSet) yield pings.refused('http2 keepalive interval is required');
  if (pings.isSet && !pings.at('timeout').isSet) yield pings.refused('http2 keepalive timeout is required');
  for (const name of ['connectTimeout', 'maxConnectionDuration', 'idleTimeout']) {
    // Zero switches the idle timeout off.
    if (name !== 'idleTimeout' || !/^0[a-z]*$/.test(tcp.at(name).text)) yield* checkDuration(tcp.at(name));
  }
  yield* checkDuration(tcp.at('tcpKeepalive', 'time'));
  yield* checkDuration(tcp.at('tcpKeepalive', 'interval'));
}

function* negatives(settings: Field, names: Readonly<Record<string, string>>): Iterable<Problem> {
  for (const [name, words] of Object.entries(names))
    if (settings.at(name).number < 0) yield settings.at(name).refused(`${words} must be non-negative`);
}

const LARGEST_TABLE = 5_000_011;

function* checkLoadBalancer(balancer: Field): Problems {
  const hash = balancer.at('consistentHash');
  const cookie = hash.at('httpCookie');
  if (cookie.isSet && cookie.at('name').text === '') yield cookie.refused('name required for HttpCookie');
  const [old, maglev] = [hash.at('minimumRingSize'), hash.at('maglev')];
  if (old.number !== 0)
    yield old.warned(
      "consistent hash MinimumRingSize is deprecated, use ConsistentHashLB's RingHash configuration instead",
    );
  if (old.number !== 0 && (maglev.isSet || hash.at('ringHash').isSet))
    yield hash.refused('only one of MinimumRingSize or Maglev/Ringhash can be specified');
  const table = maglev.at('tableSize');
  if (maglev.isSet && table.number === 0) yield maglev.refused('tableSize must be set for maglev');
  if (table.number >= LARGEST_TABLE)
    yield table.refused(`tableSize must be less than ${LARGEST_TABLE} for maglev`);
  if (maglev.isSet && !isPrime(table.number))
    yield maglev.refused('tableSize must be a prime number for maglev');
  yield* checkWarmup(balancer);
}

function* checkWarmup(balancer: Field): Problems {
  const [old, warmup] = [balancer.at('warmupDurationSecs'), balancer.at('warmup')];
  yield* checkDuration(old);
  yield* checkDuration(warmup.at('duration'));
  if (old.isSet && warmup.isSet)
    yield balancer.refused('only one of warmupDurationSecs or warmup can be set');
  const [least, aggression] = [warmup.at('minimumPercent'), warmup.at('aggression')];
  if (least.number > 100) yield least.refused('minimumPercent value should be less than or equal to 100');
  if (aggression.isSet && aggression.number <= 0)
    yield aggression.refused('aggression should be greater than 0');
}

function isPrime(number: number): boolean {
  if (number < 2) return false;
  for (let factor = 2; factor * factor <= number; factor += 1) if (number % factor === 0) return false;
  return true;
}

function* checkClientTls(tls: Field): Problems {
  const says = (name: string) => tls.at(name).text !== '';
  const { text: mode } = tls.at('mode');
  const hasNames = tls.at('subjectAltNames').items.length > 0;
  if (tls.at('insecureSkipVerify').flag && (says('caCertificates') || hasNames))
    yield tls.refused(
      'cannot specify CaCertificates or CredentialName or SubjectAltNames when InsecureSkipVerify is set true',
    );
  const byName = ['SIMPLE', 'MUTUAL'].includes(mode) && says('credentialName');
  if (byName && ['clientCertificate', 'caCertificates', 'privateKey', 'caCrl'].some(says))
    yield tls.refused(
      'cannot specify client certificates or CA certificate or CA CRL If credentialName is set',
    );
  if (byName || mode !== 'MUTUAL') return;
  if (!says('clientCertificate')) yield tls.refused('client certificate required for mutual tls');
  if (!says('privateKey')) yield tls.refused('private key required for mutual tls');
}

function* checkTunnel(tunnel: Field): Problems {
  if (!tunnel.isSet) return;
  const [protocol, host, port] = [tunnel.at('protocol'), tunnel.at('targetHost'), tunnel.at('targetPort')];
  if (!['', 'CONNECT', 'POST'].includes(protocol.text))
    yield protocol.refused('tunnel protocol must be "CONNECT" or "POST"');
  const fault = nameFault(host.text);
  if (fault !== undefined && !isAddress(host.text))
    yield host.refused(
      `tunnel target host must be valid FQDN or IP address: ${fault}; ${host.text} is not a valid IP`,
    );
  for (const { message } of checkPort(port)) yield port.refused(`tunnel target port is invalid: ${message}`);
}

import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import {
  checkLabels,
  checkSelector,
  checkWildcardName,
  isAddress,
  isLabel,
  nameFault,
} from '#mesh/istiod/config/validation/names.ts';
import {
  checkExportTo,
  checkPort,
  checkSubnet,
  isHttp,
  isProtocol,
  isTcp,
  isTls,
} from '#mesh/istiod/config/validation/values.ts';
import { didYouMean } from '#mesh/nearest.ts';

/** What istiod's webhook says of a ServiceEntry. */
export function* serviceEntry(spec: Field, { namespace }: { readonly namespace: string }): Problems {
  const selector = spec.at('workloadSelector');
  const selection = [...checkSelector(selector, selector.at('labels'))];
  // A wrong selector is all that Istio says.
  if (selection.some(({ severity }) => severity === 'error')) {
    yield* selection;
    return;
  }
  for (const { message } of selection)
    yield selector.warned(`service entry: ${message}, will be applied to all services in namespace`);
  if (selector.isSet && spec.at('endpoints').items.length > 0)
    yield selector.refused('only one of WorkloadSelector or Endpoints is allowed in Service Entry');
  yield* checkHosts(spec);
  yield* checkPorts(spec);
  yield* checkResolution(spec);
  yield* checkCapture(spec);
  yield* checkExportTo(spec.at('exportTo'), { namespace, isServiceEntry: true });
}

function resolutionOf(spec: Field): string {
  return spec.at('resolution').text || 'NONE';
}

function* checkHosts(spec: Field): Problems {
  const hosts = spec.at('hosts');
  if (hosts.items.length === 0) yield hosts.refused('service entry must have at least one host');
  for (const host of hosts.items) {
    if (host.text === '*') yield host.refused('invalid host *', 'name a domain, such as `*.example.com`');
    else yield* checkWildcardName(host);
    if (/^\*[^.]/.test(host.text)) yield host.warned(`partial wildcard "${host.text}" not allowed`);
  }
  const addresses = spec.at('addresses');
  for (const address of addresses.items) yield* checkSubnet(address);
  const hasRange = addresses.texts.some((address) => address.includes('/'));
  if (hasRange && !['NONE', 'STATIC'].includes(resolutionOf(spec)))
    yield addresses.refused('CIDR addresses are allowed only for NONE/STATIC resolution types');
}

function* checkPorts(spec: Field): Problems {
  const names = new Set<string>();
  const numbers = new Set<number>();
  for (const port of spec.at('ports').items) {
    const [name, number, protocol] = [port.at('name'), port.at('number'), port.at('protocol')];
    if (names.has(name.text)) yield name.refused(`service entry port name "${name.text}" already defined`);
    if (numbers.has(number.number))
      yield number.refused(`service entry port ${number.number} already defined`);
    names.add(name.text);
    numbers.add(number.number);
    if (port.at('targetPort').number !== 0) yield* checkPort(port.at('targetPort'));
    if (!isLabel(name.text)) yield name.refused(`invalid port name: ${name.text}`);
    if (protocol.text !== '' && !isProtocol(protocol.text))
      yield protocol.refused(
        `unsupported protocol: ${protocol.text}`,
        'write HTTP, HTTPS, TLS, TCP, GRPC or HTTP2',
      );
    yield* checkPort(number);
  }
  yield* checkAddressedPorts(spec);
  const several = spec.at('hosts').items.length > 1 && resolutionOf(spec) !== 'NONE';
  const protocols = spec.at('ports').items.map((port) => port.at('protocol').text);
  if (several && protocols.some((protocol) => !isHttp(protocol) && !isTls(protocol)))
    yield spec
      .at('hosts')
      .refused('multiple hosts provided with non-HTTP, non-TLS ports', 'write one entry a host');
}

/** What a proxy that programs ask by name does not see, as one that captures every connection does. */
function* checkCapture(spec: Field): Problems {
  const unseen = 'M101-unsupported-field';
  const not = 'is valid, but not carried out on the laptop:';
  for (const address of spec.at('addresses').items)
    if (address.text.includes('/'))
      yield address.warned(
        `a range ${not} a request is known by the host or the single address that it names`,
        unseen,
      );
  const byPattern = spec.at('hosts').items.some(({ text }) => text.startsWith('*'));
  for (const port of spec.at('ports').items) {
    const protocol = port.at('protocol').text;
    if (byPattern && !isHttp(protocol) && !isTls(protocol))
      yield port.warned(
        `a port of connections for hosts by pattern ${not} only named hosts have a local port, so name them one by one`,
        unseen,
      );
  }
}

/** Connections without HTTP can be told apart by addresses alone. */
function* checkAddressedPorts(spec: Field): Problems {
  const [hosts, addresses] = [spec.at('hosts'), spec.at('addresses')];
  const protocols = spec.at('ports').items.map((port) => port.at('protocol').text);
  const isNone = resolutionOf(spec) === 'NONE';
  if (isNone && addresses.items.length === 0)
    for (const port of spec.at('ports').items)
      if (['', 'TCP'].includes(port.at('protocol').text))
        yield port.warned(
          'addresses are required for ports serving TCP (or unset) protocol when IP Autoallocation is not enabled',
        );
  const isDns = ['DNS', 'DNS_ROUND_ROBIN'].includes(resolutionOf(spec));
  if (isDns && addresses.items.length > 0 && hosts.items.length > 1 && protocols.some(isTcp))
    yield hosts.warned(
      'service entry can not have more than one host specified simultaneously with address and tcp port',
    );
}

function* checkResolution(spec: Field): Problems {
  const resolution = resolutionOf(spec);
  const [endpoints, selector] = [spec.at('endpoints'), spec.at('workloadSelector')];
  if (selector.isSet && resolution !== 'STATIC')
    yield selector.warned(`workloadSelector should not be set when resolution mode is ${resolution}`);
  if (resolution === 'NONE' && endpoints.items.length > 0)
    yield endpoints.refused(
      'no endpoints should be provided for resolution type none',
      'write `resolution: STATIC` for addresses, `DNS` for names',
    );
  else if (resolution === 'DYNAMIC_DNS') yield* checkDynamic(spec);
  else if (resolution !== 'NONE') yield* checkEndpoints(spec, resolution);
}

function* checkDynamic(spec: Field): Problems {
  for (const host of spec.at('hosts').items)
    if (!host.text.startsWith('*'))
      yield host.refused('host must be wildcarded for resolution mode DYNAMIC_DNS');
  if (spec.at('endpoints').items.length > 0)
    yield spec
      .at('endpoints')
      .refused(
        'endpoints cannot be set for resolution type DYNAMIC_DNS. Destination IP address determined from hostsfield values',
      );
  for (const port of spec.at('ports').items)
    if (!['http', 'tls', 'grpc', 'http2'].includes(port.at('protocol').text.toLowerCase()))
      yield port.refused(
        'only HTTP, TLS, GRPC, and HTTP2 protocols are supported for resolution type DYNAMIC_DNS',
      );
}

function* checkEndpoints(spec: Field, resolution: string): Problems {
  const endpoints = spec.at('endpoints');
  const isDns = resolution !== 'STATIC';
  if (isDns && endpoints.items.length === 0)
    for (const host of spec.at('hosts').items) {
      const fault = nameFault(host.text);
      if (fault !== undefined)
        yield host.refused(
          `hosts must be FQDN or contain only prefix wildcards if no endpoints are provided for resolution mode ${resolution}, ${fault}`,
          'write `resolution: NONE`, or name the hosts one by one',
        );
    }
  if (resolution === 'DNS_ROUND_ROBIN' && endpoints.items.length > 1)
    yield endpoints.refused(`there must only be 0 or 1 endpoint for resolution mode ${resolution}`);
  const ports = new Set(spec.at('ports').items.map((port) => port.at('name').text));
  for (const endpoint of endpoints.items) yield* checkEndpoint(endpoint, { ports, isDns });
}

interface EndpointOptions {
  /** The entry's; undefined: of a WorkloadEntry, which belongs to none. */
  readonly ports: ReadonlySet<string> | undefined;
  readonly isDns: boolean;
}

/** What istiod's webhook says of a WorkloadEntry: an endpoint by itself, whose address may be a name. */
export function* workloadEntry(spec: Field): Problems {
  const { text } = spec.at('address');
  yield* checkEndpoint(spec, { ports: undefined, isDns: text !== '' && !text.startsWith('unix://') });
}

/** An endpoint, or the `spec` of a WorkloadEntry. */
function* checkEndpoint(endpoint: Field, { ports, isDns }: EndpointOptions): Problems {
  const address = endpoint.at('address');
  const network = endpoint.at('network').text;
  if (!isDns && address.text === '') {
    if (network === '') {
      yield endpoint.refused('address is required');
      return;
    }
    yield endpoint.warned(`address is unset with network "${network}"`);
  } else yield* checkAddress(endpoint, isDns);
  for (const [name, port] of endpoint.at('ports').entries) {
    if (ports && !ports.has(name))
      yield port.refused(
        `endpoint port ${port.number} is not defined by the service entry`,
        didYouMean(name, ports),
      );
    if (!isLabel(name)) yield port.refused(`invalid port name: ${name}`);
    yield* checkPort(port);
  }
  yield* checkLabels(endpoint.at('labels'));
}

function* checkAddress(endpoint: Field, isDns: boolean): Problems {
  const address = endpoint.at('address');
  const { text } = address;
  if (!isDns && text.startsWith('unix://')) {
    if (endpoint.at('ports').entries.length > 0)
      yield endpoint.at('ports').refused(`unix endpoint ${text} must not include ports`);
    if (text.endsWith('/') || !/^unix:\/\/[/@]/.test(text))
      yield address.refused(`${text.slice('unix://'.length)} is not an absolute path to a file`);
  } else if (isAddress(text)) return;
  else if (!isDns)
    yield address.refused(
      `endpoint address "${text}" is not a valid IP address`,
      'write `resolution: DNS` for names',
    );
  else if (nameFault(text) !== undefined)
    yield address.refused(`endpoint address "${text}" is not a valid FQDN or an IP address`);
}

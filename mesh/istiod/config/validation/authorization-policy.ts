import { isIP } from 'node:net';
import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';
import { checkSelector } from '#mesh/istiod/config/validation/names.ts';
import { checkAttachment, isRange } from '#mesh/istiod/config/validation/values.ts';

/** What istiod's webhook says of an AuthorizationPolicy; its caller adds whose policy is invalid. */
export function* authorizationPolicy(spec: Field): Problems {
  yield* checkAttachment(spec);
  yield* checkSelector(spec.at('selector'));
  const action = spec.at('action').text || 'ALLOW';
  const rules = spec.at('rules');
  if (action === 'CUSTOM') yield* checkCustom(spec);
  else if (spec.at('provider').isSet)
    yield spec
      .at('provider')
      .refused(`\`provider\` must not be with non CUSTOM action, found ${action}`, 'add `action: CUSTOM`');
  if (action === 'DENY' && rules.items.length === 0) yield neverTriggered(spec, 'DENY');
  for (const [index, rule] of rules.items.entries()) yield* checkRule(rule, { index, action });
}

function neverTriggered(spec: Field, action: string) {
  return spec.refused(
    `${action} action without \`rules\` is meaningless as it will never be triggered, add an empty rule \`{}\` if you want it be triggered for every request`,
  );
}

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
/** An external authorizer is asked before tokens and certificates are looked at. */
const identities = [
  'namespaces',
  'notNamespaces',
  'principals',
  'notPrincipals',
  'requestPrincipals',
  'notRequestPrincipals',
  'serviceAccounts',
  'notServiceAccounts',
];
const identityKeys = /^source\.(namespace|principal|serviceAccount)$|^request\.auth\./;

function* checkCustom(spec: Field): Problems {
  if (spec.at('rules').items.length === 0) yield neverTriggered(spec, 'CUSTOM');
  else if (spec.at('provider', 'name').text === '')
    yield spec.refused(
      '`provider.name` must not be empty',
      "name one of the mesh configuration's `extensionProviders`",
    );
  for (const rule of spec.at('rules').items) {
    for (const from of rule.at('from').items)
      for (const name of identities)
        if (from.at('source', name).items.length > 0)
          yield from
            .at('source', name)
            .refused(`From.${capital(name)} is currently not supported with CUSTOM action`);
    for (const condition of rule.at('when').items) {
      const { text: key } = condition.at('key');
      if (identityKeys.test(key))
        yield condition.refused(`${key} is currently not supported with CUSTOM action`);
    }
  }
}

const sources = [
  'principals',
  'requestPrincipals',
  'namespaces',
  'ipBlocks',
  'remoteIpBlocks',
  'serviceAccounts',
  'trustDomains',
];
const operations = ['ports', 'methods', 'paths', 'hosts'];
const withNegations = (names: readonly string[]) => [...names, ...names.map((name) => `not${capital(name)}`)];

function* checkRule(rule: Field, { index, action }: { index: number; action: string }): Problems {
  const at = `found at rule ${index}`;
  for (const from of rule.at('from').items) {
    const source = from.at('source');
    if (!source.isSet) yield from.refused(`\`from.source\` must not be nil, ${at}`);
    else yield* checkSource(source, at);
  }
  for (const to of rule.at('to').items) {
    const operation = to.at('operation');
    if (!operation.isSet) yield to.refused(`\`to.operation\` must not be nil, ${at}`);
    else yield* checkOperation(operation, at);
  }
  for (const condition of rule.at('when').items) yield* checkCondition(condition);
  if (action === 'DENY' && deniesConnections(rule))
    yield rule.warned(
      'configured AuthorizationPolicy will deny all traffic to TCP ports under its scope due to the use of only HTTP attributes in a DENY rule; it is recommended to explicitly specify the port',
    );
}

function* checkSource(source: Field, at: string): Problems {
  const lists = withNegations(sources);
  if (lists.every((name) => source.at(name).items.length === 0))
    yield source.refused(`\`from.source\` must not be empty, ${at}`, 'add a condition, such as `principals`');
  const has = (name: string) => source.at(name).items.length > 0;
  const accounts = has('serviceAccounts') || has('notServiceAccounts');
  if (accounts && ['namespaces', 'notNamespaces', 'principals', 'notPrincipals'].some(has))
    yield source.refused(`cannot set serviceAccounts with namespaces or principals, ${at}`);
  for (const name of withNegations(['ipBlocks', 'remoteIpBlocks'])) yield* checkAddresses(source.at(name));
  for (const name of lists) yield* checkFilled(source.at(name), capital(name));
  for (const name of withNegations(['serviceAccounts'])) yield* checkAccounts(source.at(name), capital(name));
}

/** `ACCOUNT` or `NAMESPACE/ACCOUNT`: the first that is neither. */
function* checkAccounts(values: Field, name: string, about = ''): Problems {
  const expected = "expected format 'serviceAccount' or 'namespace/serviceAccount', found";
  for (const value of values.items) {
    const [text, parts] = [value.text, value.text.split('/')];
    const empty = parts[0] === '' ? 'empty namespace ' : parts[1] === '' ? 'empty serviceAccount ' : '';
    const isWild = text.includes('*');
    if (!isWild && (parts.length === 1 || (parts.length === 2 && empty === ''))) continue;
    const found = `${expected} ${parts.length === 2 ? empty : ''}"${text}" in ${name}`;
    const fault = isWild ? `wildcard not allowed, found in ${name}` : found;
    yield value.refused(`${about}${fault}`, 'write `ACCOUNT`, or `NAMESPACE/ACCOUNT`');
    return;
  }
}

function* checkOperation(operation: Field, at: string): Problems {
  const lists = withNegations(operations);
  if (lists.every((name) => operation.at(name).items.length === 0))
    yield operation.refused(`\`to.operation\` must not be empty, ${at}`, 'add a condition, such as `paths`');
  for (const name of withNegations(['ports'])) yield* checkPorts(operation.at(name));
  for (const name of lists) yield* checkFilled(operation.at(name), capital(name));
  for (const name of withNegations(['paths'])) yield* checkPaths(operation.at(name), capital(name));
}

function* checkFilled(values: Field, name: string): Problems {
  const empty = values.items.find(({ text }) => text === '');
  if (empty) yield empty.refused(`empty value not allowed, found in ${name}`);
}

function* checkAddresses(values: Field): Problems {
  for (const value of values.items) {
    const { text } = value;
    if (text.includes('/')) {
      if (!isRange(text)) yield value.refused(`bad CIDR range (${text}): write it as \`10.0.0.0/8\``);
    } else if (isIP(text) === 0) yield value.refused(`bad IP address (${text})`);
  }
}

function* checkPorts(values: Field): Problems {
  for (const value of values.items)
    if (!/^\d+$/.test(value.text) || Number(value.text) > 65_535)
      yield value.refused(`bad port (${value.text}): write a number in quotes, such as "9080"`);
}

function* checkPaths(values: Field, name: string): Problems {
  for (const value of values.items) {
    const fault = templateFault(value.text);
    if (fault === undefined) continue;
    yield value.refused(
      `invalid or unsupported path ${fault.text}, found in ${name}. ${fault.why}`,
      '`{*}` stands for one segment, `{**}` for any number',
    );
    return;
  }
}

interface TemplateFault {
  readonly text: string;
  readonly why: string;
}

/** A path with braces is a template of whole segments `{*}` and `{**}`, `{**}` the last of them. */
function templateFault(path: string): TemplateFault | undefined {
  if (!/[{}]/.test(path)) return undefined;
  const text = path.replace(/^\//, '').replace(/\/$/, '');
  let isAnyBefore = false;
  for (const segment of text.split('/')) {
    if (isAnyBefore && segment === '{**}') return { text, why: '{**} is not the last operator' };
    if (isAnyBefore && segment === '{*}') return { text, why: '{**} is not the last operator' };
    if (segment === '{**}') isAnyBefore = true;
    if (segment === '{*}' || segment === '{**}') continue;
    if (/[{}]/.test(segment)) return { text, why: "Contains '{' or '}' beyond a supported path template" };
    if (segment.includes('*'))
      return { text, why: `Contains segment ${segment} with invalid string literal` };
  }
  return undefined;
}

const attributes = [
  ...['source.ip', 'remote.ip', 'source.namespace', 'source.principal', 'source.serviceAccount'],
  ...['source.trustDomain', 'request.auth.principal', 'request.auth.audiences', 'request.auth.presenter'],
  ...['destination.ip', 'destination.port', 'connection.sni'],
];
const mapped = /^(request\.headers|request\.auth\.claims|experimental\.envoy\.filters\.)/;
const mapKey = /^[^[]+\[.+\]$/s;

function* checkCondition(condition: Field): Problems {
  const [key, values, others] = [condition.at('key'), condition.at('values'), condition.at('notValues')];
  if (key.text === '') yield condition.refused('`key` must not be empty');
  else if (values.items.length === 0 && others.items.length === 0)
    yield condition.refused(`at least one of \`values\` or \`notValues\` must be set for key ${key.text}`);
  else {
    yield* checkValues(values, { key, word: 'value' });
    yield* checkValues(others, { key, word: 'notValue' });
  }
}

function* checkValues(values: Field, { key, word }: { key: Field; word: string }): Problems {
  const { text } = key;
  const about = `invalid \`${word}\` for \`key\` ${text}:`;
  const fault = keyFault(text);
  const empty = values.items.find((value) => value.text === '');
  if (empty) yield empty.refused(`${about} empty value not allowed, found in ${text}`);
  else if (fault !== undefined)
    yield key.refused(
      `${about} ${fault}`,
      `write one of ${attributes.join(', ')}, request.headers[NAME] and request.auth.claims[NAME]`,
    );
  else if (text === 'source.serviceAccount') yield* checkAccounts(values, text, `${about} `);
  else {
    const check = text.endsWith('.ip')
      ? checkAddresses
      : text === 'destination.port'
        ? checkPorts
        : undefined;
    const found = [...(check?.(values) ?? [])];
    for (const problem of found)
      yield { ...problem, message: `${about} ${found.length} error occurred: ${problem.message}` };
  }
}

function keyFault(key: string): string | undefined {
  if (attributes.includes(key)) return undefined;
  if (mapped.test(key)) return mapKey.test(key) ? undefined : `bad key (${key}): should have format a[b]`;
  if (key === 'destination.namespace') return `attribute ${key} is replaced by the metadata.namespace`;
  if (key.startsWith('destination.labels')) return `attribute ${key} is replaced by the workload selector`;
  return ['destination.name', 'destination.user'].includes(key)
    ? `deprecated attribute ${key}: only supported in v1alpha1`
    : `unknown attribute: ${key}`;
}

/** Whether a DENY rule says only what requests have: connections have none of it, and are all denied. */
function deniesConnections(rule: Field): boolean {
  const sources = rule.at('from').items.map((from) => from.at('source'));
  const operations = rule.at('to').items.map((to) => to.at('operation'));
  const says = (field: Field, names: readonly string[]) =>
    withNegations(names).some((name) => field.at(name).isSet);
  const fromConnection = sources.some((source) =>
    says(source, ['principals', 'ipBlocks', 'namespaces', 'remoteIpBlocks', 'serviceAccounts']),
  );
  const toPort = operations.some((operation) => says(operation, ['ports']));
  if (operations.length > 0) return !toPort;
  return sources.length > 0 && !fromConnection;
}

import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { dns1035Label, dnsSubdomain, type NameCheck } from '#mesh/apiserver/kinds/names.ts';
import { immutable } from '#mesh/apiserver/kinds/workloads.ts';
import { type DraftObject, isObject } from '#mesh/apiserver/object.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';
import { patternProblem } from '#mesh/apiserver/validation/scalars.ts';
import { validateShape } from '#mesh/apiserver/validation/shape.ts';

const schemaTypes = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];

/** CustomResourceDefinitions. */
export const definitions: FieldRules = {
  defaulted: withNames,
  check(definition, before) {
    const spec = definition.at('spec');
    const [group, plural] = [spec.at('group'), spec.at('names', 'plural')];
    const name = definition.at('metadata', 'name');
    if (name.text !== `${plural.text}.${group.text}`)
      name.invalid('must be spec.names.plural+"."+spec.group');
    if (!group.isEmpty && dnsSubdomain(group.text).length > 0)
      group.invalid(dnsSubdomain(group.text).join(','));
    else if (!group.isEmpty && !group.text.includes('.'))
      group.invalid('should be a domain with at least one dot');
    if (/(^|\.)(k8s|kubernetes)\.io$/.test(group.text)) checkApproval(definition);
    const scope = spec.at('scope');
    if (scope.isEmpty) scope.required();
    else scope.oneOf(['Cluster', 'Namespaced']);
    checkNames(spec.at('names'));
    checkVersions(spec.at('versions'));
    checkConversion(spec.at('conversion'));
    if (spec.at('preserveUnknownFields').value === true)
      spec
        .at('preserveUnknownFields')
        .invalid(
          'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
        );
    if (before) checkUpdate(definition, before.at('spec'));
  },
};

/** The names that can be made of the kind. */
function withNames(definition: DraftObject): DraftObject {
  const { spec } = definition;
  if (!isObject(spec) || !isObject(spec['names'])) return definition;
  const { names } = spec;
  const kind = typeof names['kind'] === 'string' ? names['kind'] : '';
  const filled = {
    ...names,
    singular: names['singular'] || kind.toLowerCase(),
    listKind: names['listKind'] || (kind === '' ? '' : `${kind}List`),
  };
  return {
    ...definition,
    spec: { ...spec, names: filled, conversion: spec['conversion'] ?? { strategy: 'None' } },
  };
}

const approval = 'api-approved.kubernetes.io';

/** Kubernetes' own groups are not for everybody. */
function checkApproval(definition: Field): void {
  const value = definition.at('metadata', 'annotations').key(approval);
  const why = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (value.isEmpty)
    value.required(`protected groups must have approval annotation ${JSON.stringify(approval)}, ${why}`);
  else if (!URL.canParse(value.text) && !value.text.startsWith('unapproved'))
    value.invalid(
      `protected groups must have approval annotation ${JSON.stringify(approval)} with either a URL or a reason starting with "unapproved", ${why}`,
    );
}

function checkNames(names: Field): void {
  const check = (field: Field, text: string, prefix = '') => {
    if (field.isEmpty) field.required();
    else if (dns1035Label(text).length > 0) field.invalid(`${prefix}${dns1035Label(text).join(',')}`);
  };
  const mixed = 'may have mixed case, but should otherwise match: ';
  for (const name of ['plural', 'singular']) check(names.at(name), names.at(name).text);
  for (const name of ['kind', 'listKind']) check(names.at(name), names.at(name).text.toLowerCase(), mixed);
  for (const list of ['shortNames', 'categories'])
    for (const each of names.at(list).elements) each.refuse(joined(dns1035Label)(each.text));
  const [kind, listKind] = [names.at('kind'), names.at('listKind')];
  if (!kind.isEmpty && kind.text === listKind.text) listKind.invalid('kind and listKind may not be the same');
}

function joined(check: NameCheck): NameCheck {
  return (text) => {
    const messages = check(text);
    return messages.length === 0 ? [] : [messages.join(',')];
  };
}

function checkVersions(versions: Field): void {
  const all = versions.elements;
  const names = all.map((version) => version.at('name').text);
  if (new Set(names).size < names.length)
    versions.invalid('must contain unique version names', omitted(versions));
  if (all.filter((version) => version.at('storage').value === true).length !== 1)
    versions.invalid('must have exactly one version marked as storage version', omitted(versions));
  for (const version of all) {
    version.at('name').refuse(joined(dns1035Label)(version.at('name').text));
    const schema = version.at('schema', 'openAPIV3Schema');
    if (schema.isSet) checkRoot(schema, version);
    else schema.required();
    for (const column of version.at('additionalPrinterColumns').elements) checkColumn(column);
    checkScale(version.at('subresources', 'scale'));
  }
}

/** Names and flags alone: whole schemas would fill the screen. */
function omitted(versions: Field): unknown {
  return versions.elements.map((version) => ({
    name: version.at('name').value,
    served: version.at('served').value,
    storage: version.at('storage').value,
  }));
}

function checkRoot(schema: Field, version: Field): void {
  const type = schema.at('type');
  if (type.isEmpty) type.required('must not be empty at the root');
  else if (type.text !== 'object') type.invalid('must be object at the root');
  if (schema.at('nullable').value === true)
    version.at('schema', 'openAPIV3Schema', 'nullable').forbidden('nullable cannot be true at the root');
  checkSchema(schema);
}

/** Structural: every place has one type, which the server needs to know what to keep. */
function checkSchema(schema: Field): void {
  const type = schema.at('type');
  if (!type.isEmpty && !schemaTypes.includes(type.text)) type.unsupported(schemaTypes);
  if (schema.at('uniqueItems').value === true)
    schema
      .at('uniqueItems')
      .forbidden('uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  if (!schema.at('$ref').isEmpty) schema.at('$ref').forbidden('$ref is not supported');
  checkPattern(schema.at('pattern'));
  checkDefault(schema);
  const [properties, further, items] = [
    schema.at('properties'),
    schema.at('additionalProperties'),
    schema.at('items'),
  ];
  if (properties.keys.length > 0 && further.isSet && further.value !== false)
    further.forbidden('additionalProperties and properties are mutual exclusive');
  if (type.text === 'array' && !items.isSet) items.required('must be specified');
  for (const name of properties.keys) checkTyped(properties.key(name));
  if (isObject(further.value)) checkTyped(further);
  if (isObject(items.value)) checkTyped(items);
}

function checkPattern(pattern: Field): void {
  if (pattern.isEmpty) return;
  const problem = patternProblem(pattern.text);
  if (problem !== undefined) pattern.invalid(`must be a valid regular expression, but isn't: ${problem}`);
}

/** A default must be valid itself. */
function checkDefault(schema: Field): void {
  const given = schema.at('default');
  if (!given.isSet || !isObject(schema.value)) return;
  const shape = { apiVersion: '', kind: '', schema: schema.value as Schema, native: false };
  for (const { reason, field, message } of validateShape(given.value, shape).causes)
    given.cause({ reason, message, field: joinedPath(given.path, field) });
}

function joinedPath(path: string, field: string): string {
  if (field === '' || field === '<nil>') return path;
  return field.startsWith('[') ? `${path}${field}` : `${path}.${field}`;
}

function checkTyped(schema: Field): void {
  const free =
    schema.at('x-kubernetes-int-or-string').value === true ||
    schema.at('x-kubernetes-preserve-unknown-fields').value === true;
  if (schema.at('type').isEmpty && !free)
    schema.at('type').required('must not be empty for specified object fields');
  checkSchema(schema);
}

function checkColumn(column: Field): void {
  const type = column.at('type');
  if (column.at('name').isEmpty) column.at('name').required();
  const words = `must be one of ${columnTypes.join(',')}`;
  if (type.isEmpty) type.required(words);
  else if (!columnTypes.includes(type.text)) type.invalid(words);
  if (column.at('jsonPath').isEmpty) column.at('JSONPath').required();
}

function checkScale(scale: Field): void {
  if (!scale.isSet) return;
  for (const [name, root] of [
    ['specReplicasPath', '.spec.'],
    ['statusReplicasPath', '.status.'],
  ] as const) {
    const path = scale.at(name);
    if (path.isEmpty) path.required();
    else if (!path.text.startsWith(root)) path.invalid(`should be a json path under ${root.slice(0, -1)}`);
  }
}

function checkConversion(conversion: Field): void {
  const strategy = conversion.at('strategy');
  strategy.oneOf(['None', 'Webhook']);
  const webhook = conversion.at('webhook');
  if (strategy.text === 'Webhook' && !webhook.isSet)
    conversion.at('webhookClientConfig').required('required when strategy is set to Webhook');
  if (strategy.text === 'None' && webhook.isSet)
    conversion.at('webhookClientConfig').forbidden('should not be set when strategy is not set to Webhook');
}

function checkUpdate(definition: Field, before: Field): void {
  const spec = definition.at('spec');
  for (const path of [['group'], ['scope'], ['names', 'kind'], ['names', 'plural']])
    if (spec.at(...path).text !== before.at(...path).text) spec.at(...path).invalid(immutable);
  const names = spec.at('versions').elements.map((version) => version.at('name').text);
  for (const stored of definition.at('status', 'storedVersions').elements) {
    if (names.includes(stored.text)) continue;
    const v = stored.text;
    stored.invalid(
      `missing from spec.versions; ${v} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${v} and removes ${v} from status.storedVersions`,
    );
  }
}

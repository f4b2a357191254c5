import { isDeepStrictEqual } from 'node:util';
import type { Field, FieldRules } from '#mesh/apiserver/kinds/field.ts';
import { configKey } from '#mesh/apiserver/kinds/names.ts';
import { immutable } from '#mesh/apiserver/kinds/workloads.ts';
import { type DraftObject, isObject } from '#mesh/apiserver/object.ts';
import { hasFormat } from '#mesh/apiserver/validation/scalars.ts';

const sizeLimit = 1024 * 1024;
const redacted = '<secret contents redacted>';

export const configMaps: FieldRules = {
  check(object, before) {
    const [data, binary] = [object.at('data'), object.at('binaryData')];
    let size = 0;
    for (const [map, field] of [
      ['data', data],
      ['binaryData', binary],
    ] as const) {
      for (const key of field.keys) {
        const value = field.key(key);
        value.refuse(configKey(key), key);
        if (map === 'data' && binary.key(key).isSet)
          value.invalid('duplicate of key present in binaryData', key);
        if (map === 'binaryData' && !hasFormat(value.text, 'byte'))
          value.invalid('must be base64', value.text);
        size += Buffer.byteLength(value.text, map === 'data' ? 'utf8' : 'base64');
      }
    }
    if (size > sizeLimit) object.at('[]').tooLong(sizeLimit);
    if (before) checkFrozen(object, before, ['data', 'binaryData']);
  },
};

export const secrets: FieldRules = {
  defaulted: withData,
  check(secret, before) {
    const data = secret.at('data');
    let size = 0;
    for (const key of data.keys) {
      data.key(key).refuse(configKey(key), key);
      if (!hasFormat(data.key(key).text, 'byte')) data.key(key).invalid('must be base64', redacted);
      size += Buffer.byteLength(data.key(key).text, 'base64');
    }
    if (size > sizeLimit) data.tooLong(sizeLimit);
    checkType(secret);
    if (!before) return;
    const type = secret.at('type');
    if (type.text !== before.at('type').text) type.invalid(immutable);
    checkFrozen(secret, before, ['data']);
  },
};

/** What is written as text is kept as every other value is, in base64. */
function withData(secret: DraftObject): DraftObject {
  const { stringData, ...rest } = secret;
  if (!isObject(stringData)) return rest;
  const texts = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(String(text ?? ''), 'utf8').toString('base64'),
  ]);
  const data = isObject(rest['data']) ? rest['data'] : {};
  return { ...rest, data: { ...data, ...Object.fromEntries(texts) } };
}

/** What each type of Secret must have. */
function checkType(secret: Field): void {
  const data = secret.at('data');
  const demand = (key: string) => {
    if (!data.key(key).isSet) data.key(key).required();
  };
  switch (secret.at('type').text) {
    case 'kubernetes.io/tls':
      demand('tls.crt');
      demand('tls.key');
      break;
    case 'kubernetes.io/dockerconfigjson':
      checkJson(data.key('.dockerconfigjson'));
      break;
    case 'kubernetes.io/dockercfg':
      checkJson(data.key('.dockercfg'));
      break;
    case 'kubernetes.io/ssh-auth':
      if (data.key('ssh-privatekey').isEmpty) data.key('ssh-privatekey').required();
      break;
    case 'kubernetes.io/basic-auth':
      if (data.key('username').isSet || data.key('password').isSet) break;
      demand('username');
      demand('password');
      break;
    case 'kubernetes.io/service-account-token': {
      const name = secret.at('metadata', 'annotations').key('kubernetes.io/service-account.name');
      if (name.isEmpty) name.required();
      break;
    }
    default:
  }
}

function checkJson(value: Field): void {
  if (!value.isSet) {
    value.required();
    return;
  }
  try {
    if (isObject(JSON.parse(Buffer.from(value.text, 'base64').toString('utf8')))) return;
    value.invalid('must be a JSON object', redacted);
  } catch (error) {
    value.invalid((error as Error).message.replace(/[^ -~]/g, '?'), redacted);
  }
}

function checkFrozen(object: Field, before: Field, parts: readonly string[]): void {
  if (before.at('immutable').value !== true) return;
  const why = 'field is immutable when `immutable` is set';
  if (object.at('immutable').value !== true) object.at('immutable').forbidden(why);
  for (const part of parts) {
    if (!isDeepStrictEqual(object.at(part).value ?? {}, before.at(part).value ?? {}))
      object.at(part).forbidden(why);
  }
}

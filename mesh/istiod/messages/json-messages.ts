import { type FieldType, fieldsOfMessage, valuesOfEnumeration } from '#mesh/istiod/messages/message-types.ts';
import { ownValue } from '#mesh/own-value.ts';

/** A value of the JSON form of messages (https://protobuf.dev/programming-guides/json/). */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonMessage;
export type JsonMessage = { readonly [name: string]: JsonValue | undefined };

/** What is wrong with a message, and below which of its fields. */
export interface Slip {
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** Whether Istio takes it: what it does not know it leaves out. */
  readonly isKnownToIstio?: true;
}

export interface ReadMessage {
  /** With the names that fields have in protobuf, and without those that the message does not have. */
  readonly value: JsonMessage;
  readonly slips: readonly Slip[];
}

const ANY = 'google.protobuf.Any';
const TYPE_URL = /^type\.googleapis\.com\//;

/** What users write in the place of a message of this type; field names may be written `camelCase`. */
export function readMessage(type: string, written: unknown): ReadMessage {
  const slips: Slip[] = [];
  const value = read(type, written, { path: [], slips });
  return { value: isMessage(value) ? value : {}, slips };
}

interface Reading {
  readonly path: Slip['path'];
  readonly slips: Slip[];
}

const below = ({ path, slips }: Reading, name: string | number): Reading => ({
  path: [...path, name],
  slips,
});

function read(type: string, written: unknown, reading: Reading): JsonValue {
  if (type === ANY) return readAny(written, reading);
  const fields = fieldsOfMessage(type);
  // Scalars, enumerations, and messages that have a form of their own, such as durations and Structs.
  if (!fields || type.startsWith('google.protobuf.')) return written as JsonValue;
  if (!isMessage(written)) {
    reading.slips.push({ path: reading.path, message: `a ${shortName(type)} has fields` });
    return {};
  }
  return readFields({ type, fields }, written, reading);
}

function readFields(
  { type, fields }: { readonly type: string; readonly fields: Readonly<Record<string, FieldType>> },
  written: JsonMessage,
  reading: Reading,
): JsonMessage {
  const found: Record<string, JsonValue> = {};
  for (const [name, content] of Object.entries(written)) {
    const known = Object.hasOwn(fields, name) ? name : snakeCase(name);
    const field = ownValue(fields, known);
    if (content === undefined || content === null || name === '@type') continue;
    if (field) found[known] = readField(field, content, below(reading, name));
    else {
      const message = `a ${shortName(type)} has no field \`${name}\``;
      reading.slips.push({ path: [...reading.path, name], message, isKnownToIstio: true });
    }
  }
  return found;
}

function readField({ type, rule, keyType }: FieldType, content: JsonValue, reading: Reading): JsonValue {
  const value = (one: JsonValue, at: Reading) => readValue(type, one, at);
  if (rule === 'repeated') {
    if (Array.isArray(content))
      return content.map((one: JsonValue, index) => value(one, below(reading, index)));
    reading.slips.push({ path: reading.path, message: 'a list is expected' });
    return [];
  }
  if (keyType === undefined) return value(content, reading);
  if (!isMessage(content)) return {};
  return Object.fromEntries(
    Object.entries(content).map(([key, one]) => [key, value(one ?? null, below(reading, key))]),
  );
}

function readValue(type: string, content: JsonValue, reading: Reading): JsonValue {
  const form = formOf(
    type.replace(/^\.google\.protobuf\.(\w+)Value$/, (_, scalar: string) => scalar.toLowerCase()),
  );
  if (form && !form.fits(content))
    reading.slips.push({ path: reading.path, message: `${form.name} is expected` });
  if (type === DURATION && form?.fits(content)) return inSeconds(`${content}`);
  if (!type.startsWith('.')) return content;
  const name = type.slice(1);
  const values = valuesOfEnumeration(name);
  if (values && typeof content === 'string' && !Object.hasOwn(values, content)) {
    const known = Object.keys(values).join(', ');
    reading.slips.push({ path: reading.path, message: `\`${content}\` is none of ${known}` });
  }
  return read(name, content, reading);
}

const DURATION = '.google.protobuf.Duration';
const GO_DURATION = /^-?(?:\d+(?:\.\d+)?(?:h|m|s|ms|us|µs|ns))+$/;
const UNITS = new Map(Object.entries({ h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 }));

/** Envoy's own form of a duration as Go writes it. */
function inSeconds(text: string): string {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)];
  const seconds = parts.reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (UNITS.get(unit) ?? 0),
    0,
  );
  return `${text.startsWith('-') ? '-' : ''}${Number(seconds.toFixed(9))}s`;
}

interface Form {
  readonly name: string;
  readonly fits: (content: JsonValue) => boolean;
}

const isNumber = (content: JsonValue) =>
  typeof content === 'number' ||
  (typeof content === 'string' && content.trim() !== '' && !Number.isNaN(Number(content)));

const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['string', { name: 'a text', fits: (content) => typeof content === 'string' }],
  ['bytes', { name: 'a text', fits: (content) => typeof content === 'string' }],
  ['bool', { name: '`true` or `false`', fits: (content) => typeof content === 'boolean' }],
  [
    DURATION,
    {
      name: 'a duration, such as `1.5s` or `1m30s`,',
      fits: (content) => typeof content === 'string' && GO_DURATION.test(content),
    },
  ],
]);
const numbers = /^(double|float|u?int32|u?int64|s?fixed(32|64)|sint(32|64))$/;

/** How a value of the type looks; undefined for messages, whose fields say. */
function formOf(type: string): Form | undefined {
  return numbers.test(type) ? { name: 'a number', fits: isNumber } : forms.get(type);
}

function readAny(written: unknown, reading: Reading): JsonValue {
  const url = isMessage(written) ? written['@type'] : undefined;
  if (!isMessage(written) || typeof url !== 'string') {
    reading.slips.push({ path: reading.path, message: 'a typed configuration has an `@type`' });
    return {};
  }
  const type = url.replace(TYPE_URL, '');
  // A Struct with the name of what it stands for.
  if (type === 'udpa.type.v1.TypedStruct' || type === 'xds.type.v3.TypedStruct') {
    const { type_url = null, typeUrl = type_url, value } = written;
    return readAny({ ...(isMessage(value) && value), '@type': typeUrl }, below(reading, 'value'));
  }
  const fields = fieldsOfMessage(type);
  if (!fields) {
    const message = `no message that the laptop knows is called \`${url}\``;
    reading.slips.push({ path: [...reading.path, '@type'], message });
    return {};
  }
  const content = type.startsWith('google.protobuf.')
    ? written
    : readFields({ type, fields }, written, reading);
  return { ...content, '@type': `type.googleapis.com/${type}` };
}

function isMessage(value: unknown): value is JsonMessage {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function shortName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

export interface MergeOptions {
  /** Whether a list replaces the one that is there, instead of following it. */
  readonly replacesLists?: boolean;
}

/**
 * A message with another one merged into it, as protobuf does: scalars and entries of maps replace those that are there, messages
 * merge, lists follow each other, and a field takes the place of those that it excludes.
 */
export function mergedMessage(
  type: string,
  base: JsonMessage,
  patch: JsonMessage,
  options: MergeOptions = {},
): JsonMessage {
  const fields = fieldsOfMessage(type) ?? {};
  const result: Record<string, JsonValue | undefined> = { ...base };
  for (const [name, content] of Object.entries(patch)) {
    if (content === undefined || name === '@type') continue;
    const field = ownValue(fields, name);
    for (const [other, { oneof }] of Object.entries(fields))
      if (oneof !== undefined && oneof === field?.oneof && other !== name) delete result[other];
    result[name] = mergedField(field, result[name], content, options);
  }
  return result;
}

function mergedField(
  field: FieldType | undefined,
  base: JsonValue | undefined,
  patch: JsonValue,
  options: MergeOptions,
): JsonValue {
  if (base === undefined || base === null || field === undefined) return patch;
  if (field.rule === 'repeated' && Array.isArray(base) && Array.isArray(patch))
    return options.replacesLists ? patch : [...(base as JsonValue[]), ...(patch as JsonValue[])];
  if (!isMessage(base) || !isMessage(patch)) return patch;
  if (field.keyType !== undefined) return { ...base, ...patch };
  const type = field.type.slice(1);
  return type.startsWith('google.protobuf.') ? patch : mergedMessage(type, base, patch, options);
}

/** Two typed configurations as one, of the first one's type. */
export function mergedAny(base: JsonMessage, patch: JsonMessage, options: MergeOptions = {}): JsonMessage {
  return mergedMessage(String(base['@type']).replace(TYPE_URL, ''), base, patch, options);
}

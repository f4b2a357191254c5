import { readFileSync } from 'node:fs';
import protobuf, { type Writer } from 'protobufjs';
import type { Json, JsonObject } from '#mesh/istiod/envoy/json.ts';
import { fieldsOfMessage, valuesOfEnumeration } from '#mesh/istiod/messages/message-types.ts';
import { once } from '#mesh/once.ts';
import { ownValue } from '#mesh/own-value.ts';

/** Envoy's messages and enumerations, by full name; the file is written by tools/envoy-types. */
const definitions = new Map(
  Object.entries(
    JSON.parse(readFileSync(new URL('envoy-types.json', import.meta.url), 'utf8')) as Record<
      string,
      { readonly fields?: Record<string, FieldDefinition>; readonly values?: Record<string, number> }
    >,
  ),
);

interface FieldDefinition {
  readonly id: number;
  /** A scalar's name, or `.` and the full name of a message or enumeration. */
  readonly type: string;
  readonly rule?: 'repeated';
  /** Of a map, whose values have the `type`. */
  readonly keyType?: string;
}

/** google.protobuf.Any, as it goes over the wire. */
export interface Any {
  readonly type_url: string;
  readonly value: Uint8Array;
}

/**
 * Brings a message with `@type` from its JSON form (https://protobuf.dev/programming-guides/json/) to binary. Fields that are
 * undefined are left out.
 *
 * @throws of a type, a field or a value of an enumeration that Envoy does not have
 */
export function encodeAny({ '@type': url, ...content }: JsonObject): Any {
  const type_url = String(url);
  const type = type_url.slice(type_url.indexOf('/') + 1);
  const json = wellKnown.has(type) ? (content['value'] ?? content) : content;
  const writer = protobuf.Writer.create();
  writeMessage(writer, type, json);
  return { type_url, value: writer.finish() };
}

function writeMessage(writer: Writer, type: string, json: Json): void {
  const special = wellKnown.get(type);
  if (special) {
    special(writer, json);
    return;
  }
  const fields = fieldsOf(type);
  for (const [name, content] of Object.entries(json as JsonObject)) {
    if (content === undefined || content === null) continue;
    const field = fields.get(name) ?? seldomField(type, name);
    if (!field) throw new Error(`${type} has no field ${name}`);
    field(writer, content);
  }
}

type FieldWriter = (writer: Writer, content: Json) => void;

const compiled = new Map<string, ReadonlyMap<string, FieldWriter>>();

function fieldsOf(type: string): ReadonlyMap<string, FieldWriter> {
  const known = compiled.get(type);
  if (known) return known;
  const fields = definitions.get(type)?.fields ?? fieldsOfMessage(type);
  if (!fields) throw new Error(`no message is called ${type}: tools/envoy-types lists those that are known`);
  const writers = new Map(Object.entries(fields).map(([name, field]) => [name, fieldWriter(field)]));
  compiled.set(type, writers);
  return writers;
}

/** A field that only users write: a deprecated one. */
function seldomField(type: string, name: string): FieldWriter | undefined {
  const field = ownValue(fieldsOfMessage(type) ?? {}, name);
  return field && fieldWriter(field);
}

function fieldWriter({ id, type, rule, keyType }: FieldDefinition): FieldWriter {
  const write = valueWriter(id, type);
  if (keyType !== undefined)
    return mapWriter(id, { key: valueWriter(1, keyType), value: valueWriter(2, type) });
  if (rule === undefined) return write;
  return (writer, content) => {
    if (!Array.isArray(content)) throw new Error(`not a list of ${type}: ${JSON.stringify(content)}`);
    for (const item of content) write(writer, item);
  };
}

/** A map is a list of entries with a key and a value. */
function mapWriter(
  id: number,
  entry: { readonly key: FieldWriter; readonly value: FieldWriter },
): FieldWriter {
  return (writer, content) => {
    for (const [key, value] of Object.entries(content as JsonObject)) {
      if (value === undefined) continue;
      tag(writer, id, LENGTH).fork();
      entry.key(writer, key);
      entry.value(writer, value);
      writer.ldelim();
    }
  };
}

/** A field's tag and one value of it (https://protobuf.dev/programming-guides/encoding/). */
function valueWriter(id: number, type: string): FieldWriter {
  if (!type.startsWith('.')) return scalarWriter(id, type);
  const name = type.slice(1);
  if (name === virtualHost) {
    return (writer, content) => void tag(writer, id, LENGTH).bytes(virtualHostBytes(content as JsonObject));
  }
  const known = definitions.get(name);
  const values = known ? known.values : valuesOfEnumeration(name);
  if (!values) {
    return (writer, content) => {
      writeMessage(tag(writer, id, LENGTH).fork(), name, content);
      writer.ldelim();
    };
  }
  // The JSON form takes an enumeration's value by its name or its number.
  const numbers = new Map(
    Object.entries(values).flatMap(([key, number]) => [
      [key, number],
      [String(number), number],
    ]),
  );
  return (writer, content) => {
    const number = numbers.get(String(content));
    if (number === undefined) throw new Error(`${name} has no value ${JSON.stringify(content)}`);
    tag(writer, id, VARINT).int32(number);
  };
}

const virtualHost = 'envoy.config.route.v3.VirtualHost';

/** Where one host of a large route configuration changes, the others are as they were. */
const virtualHostBytes = once((json: JsonObject): Uint8Array => {
  const writer = protobuf.Writer.create();
  writeMessage(writer, virtualHost, json);
  return writer.finish();
});

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

function tag(writer: Writer, id: number, wireType: number): Writer {
  return writer.uint32((id << 3) | wireType);
}

const wireTypes: Readonly<Record<string, number>> = {
  ...{ double: FIXED64, fixed64: FIXED64, sfixed64: FIXED64 },
  ...{ float: FIXED32, fixed32: FIXED32, sfixed32: FIXED32 },
  ...{ string: LENGTH, bytes: LENGTH },
};

type Scalar = 'double' | 'float' | 'int32' | 'uint32' | 'int64' | 'uint64';

function scalarWriter(id: number, type: string): FieldWriter {
  const wireType = wireTypes[type] ?? VARINT;
  const check = (content: Json, expected: string) => {
    if (typeof content !== expected) throw new Error(`not a ${type}: ${JSON.stringify(content)}`);
  };
  switch (type) {
    case 'string':
    case 'bool':
      return (writer, content) => {
        check(content, type === 'bool' ? 'boolean' : 'string');
        tag(writer, id, wireType)[type](content as never);
      };
    case 'bytes':
      return (writer, content) => {
        check(content, 'string');
        tag(writer, id, LENGTH).bytes(Buffer.from(content as string, 'base64'));
      };
    default:
      return (writer, content) => {
        if (content === '' || Number.isNaN(Number(content))) check(content, 'number');
        tag(writer, id, wireType)[type as Scalar](content as number);
      };
  }
}

/** Messages that JSON writes in a form of their own. */
const wellKnown: ReadonlyMap<string, FieldWriter> = new Map<string, FieldWriter>([
  ['google.protobuf.Any', writeAny],
  ['google.protobuf.Duration', (writer, json) => writeTime(writer, duration(String(json)))],
  ['google.protobuf.Timestamp', (writer, json) => writeTime(writer, timestamp(String(json)))],
  [
    'google.protobuf.Struct',
    mapWriter(1, { key: valueWriter(1, 'string'), value: valueWriter(2, '.google.protobuf.Value') }),
  ],
  ['google.protobuf.Value', writeValue],
  ['google.protobuf.ListValue', fieldWriter({ id: 1, type: '.google.protobuf.Value', rule: 'repeated' })],
  ...['Bool', 'Bytes', 'Double', 'Float', 'Int32', 'Int64', 'String', 'UInt32', 'UInt64'].map(
    (name): [string, FieldWriter] => [`google.protobuf.${name}Value`, scalarWriter(1, name.toLowerCase())],
  ),
]);

function writeAny(writer: Writer, json: Json): void {
  const { type_url, value } = encodeAny(json as JsonObject);
  tag(writer, 1, LENGTH).string(type_url);
  tag(writer, 2, LENGTH).bytes(value);
}

interface Time {
  readonly seconds: number;
  readonly nanos: number;
}

function writeTime(writer: Writer, { seconds, nanos }: Time): void {
  tag(writer, 1, VARINT).int64(seconds);
  tag(writer, 2, VARINT).int32(nanos);
}

/** `1.5s` */
function duration(text: string): Time {
  const [, sign = '', seconds, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,9}))?s$/.exec(text) ?? [];
  if (seconds === undefined) throw new Error(`not a duration: ${text}`);
  const nanos = Number(fraction.padEnd(9, '0'));
  return sign ? { seconds: -Number(seconds), nanos: -nanos } : { seconds: Number(seconds), nanos };
}

function timestamp(text: string): Time {
  const time = Date.parse(text);
  return { seconds: Math.floor(time / 1000), nanos: (time % 1000) * 1_000_000 };
}

/** google.protobuf.Value, by its field for each kind of value. */
function writeValue(writer: Writer, json: Json): void {
  const kind = json === null ? 'null' : Array.isArray(json) ? 'list' : typeof json;
  valueFields.get(kind)?.(writer, json);
}

const valueFields: ReadonlyMap<string, FieldWriter> = new Map([
  ['null', (writer) => void tag(writer, 1, VARINT).int32(0)],
  ['number', scalarWriter(2, 'double')],
  ['string', scalarWriter(3, 'string')],
  ['boolean', scalarWriter(4, 'bool')],
  ['object', valueWriter(5, '.google.protobuf.Struct')],
  ['list', valueWriter(6, '.google.protobuf.ListValue')],
]);

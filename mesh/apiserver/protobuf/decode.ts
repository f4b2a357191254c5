import protobuf from 'protobufjs/minimal.js';
import { unsupportedMediaType } from '#mesh/apiserver/api-error.ts';
import {
  eachField,
  malformed,
  nested,
  ownForms,
  type Reader,
  textOf,
} from '#mesh/apiserver/protobuf/own-forms.ts';
import { dataFile } from '#mesh/apiserver/shapes/data-file.ts';
import { packageOf } from '#mesh/apiserver/shapes/resources.ts';

/** What typed Go clients send Kubernetes' own kinds as. */
export const protobufType = 'application/vnd.kubernetes.protobuf';

type Data = Record<string, unknown>;

const magic = Buffer.from('k8s\0');
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/**
 * An object as JSON has it, from Kubernetes' envelope: four bytes, then a `runtime.Unknown` with the kind and the object.
 *
 * @throws ApiError 400 when the bytes are none, 415 for a kind that clients send as JSON
 */
export function decodeObject(bytes: Uint8Array): Data {
  if (Buffer.compare(Buffer.from(bytes.subarray(0, 4)), magic) !== 0)
    throw malformed('it does not begin with k8s');
  try {
    return decodeEnvelope(protobuf.Reader.create(bytes.subarray(4)));
  } catch (error) {
    // The reader throws both if a message ends too early and if it has an unknown wire type.
    if (error instanceof RangeError || /^invalid wire type/.test((error as Error).message)) {
      throw malformed((error as Error).message);
    }
    throw error;
  }
}

function decodeEnvelope(reader: Reader): Data {
  let kind: Data = {};
  let raw: Uint8Array = new Uint8Array();
  eachField(reader, reader.len, (number) => {
    if (number === 1) kind = nested(reader, (inner, end) => decodeKind(inner, end));
    else if (number === 2) raw = reader.bytes();
    else return false;
    return true;
  });
  const { apiVersion = '', kind: name = '' } = kind as { apiVersion?: string; kind?: string };
  const message = [packageOf(apiVersion), meta]
    .map((each) => `${each}.${name}`)
    .find((each) => messageFields(each) !== undefined);
  if (message === undefined) {
    throw unsupportedMediaType(
      `the body of the request is a ${name || 'nameless kind'} of ${apiVersion || 'no version'} in protobuf, which this server reads of Kubernetes' own kinds only: send application/json`,
    );
  }
  const body = protobuf.Reader.create(raw);
  return { apiVersion, kind: name, ...decodeMessage(body, body.len, message) };
}

function decodeKind(reader: Reader, end: number): Data {
  const kind: Data = {};
  eachField(reader, end, (number) => {
    if (number === 1) kind['apiVersion'] = textOf(reader);
    else if (number === 2) kind['kind'] = textOf(reader);
    else return false;
    return true;
  });
  return kind;
}

function decodeMessage(reader: Reader, end: number, name: string): Data {
  const fields = messageFields(name);
  if (!fields) throw new Error(`no message is named ${name}`);
  const message: Data = {};
  eachField(reader, end, (number) => {
    const field = fields.get(number);
    if (field) decodeField(reader, field, message);
    return field !== undefined;
  });
  return message;
}

function decodeField(reader: Reader, field: MessageField, message: Data): void {
  const { name, type, isList, isMap, omitsZero } = field;
  if (isMap) {
    const entry = nested(reader, (inner, end) => decodeEntry(inner, end, type));
    message[name] ??= {};
    Object.defineProperty(message[name], entry.key, {
      value: entry.value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
    return;
  }
  const value = decodeValue(reader, type);
  if (name === '') Object.assign(message, value);
  else if (isList) message[name] = [...((message[name] as unknown[] | undefined) ?? []), value];
  else if (value !== undefined && !(omitsZero && isZero(value))) message[name] = value;
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function decodeEntry(reader: Reader, end: number, type: string): { key: string; value: unknown } {
  const entry: { key: string; value: unknown } = { key: '', value: '' };
  eachField(reader, end, (number) => {
    if (number === 1) entry.key = textOf(reader);
    else if (number === 2) entry.value = decodeValue(reader, type);
    else return false;
    return true;
  });
  return entry;
}

function decodeValue(reader: Reader, type: string): unknown {
  switch (type) {
    case 'string':
      return textOf(reader);
    case 'int':
      return Number(reader.int64());
    case 'bool':
      return reader.bool();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'strings':
      return nested(reader, decodeStrings);
    default: {
      const own = ownForms.get(type);
      return nested(reader, own ?? ((inner, end) => decodeMessage(inner, end, type)));
    }
  }
}

function decodeStrings(reader: Reader, end: number): string[] {
  const items: string[] = [];
  eachField(reader, end, (number) => number === 1 && items.push(textOf(reader)) > 0);
  return items;
}

/** A field of a message, as Go's types say it. */
interface MessageField {
  /** In JSON; empty for one whose fields stand in the message around it. */
  readonly name: string;
  /** A scalar, or another message by its full name. */
  readonly type: string;
  readonly isList: boolean;
  /** Its keys are texts. */
  readonly isMap: boolean;
  /** JSON leaves a zero out, which protobuf writes. */
  readonly omitsZero: boolean;
}

const file = () =>
  dataFile<{ messages: Readonly<Record<string, Readonly<Record<string, string>>>> }>('protobuf.json');
const read = new Map<string, ReadonlyMap<number, MessageField>>();

/** A message's fields by their numbers; undefined for one that no client sends. */
export function messageFields(name: string): ReadonlyMap<number, MessageField> | undefined {
  const known = read.get(name);
  if (known) return known;
  const { messages } = file();
  if (!Object.hasOwn(messages, name)) return undefined;
  const entries = Object.entries(messages[name] ?? {}).map(
    ([number, text]) => [Number(number), parse(text)] as const,
  );
  const fields = new Map(entries);
  read.set(name, fields);
  return fields;
}

/** `replicas int z`: name, type and flags. */
function parse(text: string): MessageField {
  const inline = text.startsWith('io.');
  const [name = '', type = '', flags = ''] = inline ? ['', ...text.split(' ')] : text.split(' ');
  return {
    name,
    type,
    isList: flags.includes('r'),
    isMap: flags.includes('m'),
    omitsZero: flags.includes('z'),
  };
}

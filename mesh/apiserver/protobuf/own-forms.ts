import type protobuf from 'protobufjs/minimal.js';
import { badRequest } from '#mesh/apiserver/api-error.ts';
import { timestamp } from '#mesh/apiserver/object.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Numbers and texts by the number of their field: the content of messages with a special form in JSON. */
function scalars(reader: Reader, end: number): ReadonlyMap<number, string | number> {
  const found = new Map<number, string | number>();
  while (reader.pos < end) {
    const tag = reader.uint32();
    if ((tag & 7) === 0) found.set(tag >>> 3, Number(reader.int64()));
    else if ((tag & 7) === 2) found.set(tag >>> 3, textOf(reader));
    else reader.skipType(tag & 7);
  }
  return found;
}

/** The zero time is an empty message, which JSON leaves out. */
function decodeTime(reader: Reader, end: number): string | undefined {
  const { seconds, nanos } = timeOf(reader, end);
  return seconds === undefined ? undefined : timestamp(new Date(seconds * 1000 + Math.floor(nanos / 1e6)));
}

function decodeMicroTime(reader: Reader, end: number): string | undefined {
  const { seconds, nanos } = timeOf(reader, end);
  if (seconds === undefined) return undefined;
  const fraction = String(Math.floor(nanos / 1000)).padStart(6, '0');
  return timestamp(new Date(seconds * 1000)).replace('Z', `.${fraction}Z`);
}

function timeOf(
  reader: Reader,
  end: number,
): { readonly seconds: number | undefined; readonly nanos: number } {
  const found = scalars(reader, end);
  const seconds = found.get(1);
  return { seconds: seconds === undefined ? undefined : Number(seconds), nanos: Number(found.get(2) ?? 0) };
}

function decodeIntOrString(reader: Reader, end: number): string | number {
  const found = scalars(reader, end);
  return found.get(1) === 1 ? (found.get(3) ?? '') : (found.get(2) ?? 0);
}

/** Any JSON, as bytes. */
function decodeJson(reader: Reader, end: number): unknown {
  const text = scalars(reader, end).get(1);
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw malformed(`what should be JSON in it is not: ${(error as Error).message}`);
  }
}

/** The messages that JSON does not show field by field. */
export const ownForms: ReadonlyMap<string, (reader: Reader, end: number) => unknown> = new Map([
  [`${meta}.Time`, decodeTime],
  [`${meta}.MicroTime`, decodeMicroTime],
  [`${meta}.FieldsV1`, decodeJson],
  [`${meta}.Duration`, (reader: Reader, end: number) => `${Number(scalars(reader, end).get(1) ?? 0) / 1e9}s`],
  ['io.k8s.apimachinery.pkg.runtime.RawExtension', decodeJson],
  [
    'io.k8s.apimachinery.pkg.api.resource.Quantity',
    (reader: Reader, end: number) => scalars(reader, end).get(1) ?? '0',
  ],
  ['io.k8s.apimachinery.pkg.util.intstr.IntOrString', decodeIntOrString],
]);

export type Reader = protobuf.Reader;

export function malformed(why: string) {
  return badRequest(`the body of the request is no object in protobuf: ${why}`);
}

/** Reads fields up to an end; `read` says whether it has taken one. */
export function eachField(reader: Reader, end: number, read: (number: number) => boolean): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!read(tag >>> 3)) reader.skipType(tag & 7);
  }
  if (reader.pos > end) throw new RangeError(`a field ends at ${reader.pos}, its message at ${end}`);
}

export function nested<Value>(reader: Reader, read: (reader: Reader, end: number) => Value): Value {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError(`a message ends at ${end}, the body at ${reader.len}`);
  return read(reader, end);
}

/** Not `reader.string()`, which takes what there is when the text is longer than the body. */
export function textOf(reader: Reader): string {
  return Buffer.from(reader.bytes()).toString('utf8');
}

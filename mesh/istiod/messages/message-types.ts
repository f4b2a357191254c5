import { readFileSync } from 'node:fs';

export interface FieldType {
  readonly id: number;
  /** A scalar's name, or `.` and the full name of a message or enumeration. */
  readonly type: string;
  readonly rule?: 'repeated';
  /** Of a map, whose values have the `type`. */
  readonly keyType?: string;
  /** Fields of a message with one name exclude each other. */
  readonly oneof?: string;
}

interface Definition {
  readonly fields?: Readonly<Record<string, FieldType>>;
  readonly values?: Readonly<Record<string, number>>;
}

let all: ReadonlyMap<string, Definition> | undefined;

/**
 * Envoy's messages and enumerations by full name, with deprecated fields: for what users write. The file is written by
 * tools/envoy-types and read when it is needed for the first time.
 */
function definitions(): ReadonlyMap<string, Definition> {
  all ??= new Map(
    Object.entries(
      JSON.parse(readFileSync(new URL('whole-types.json', import.meta.url), 'utf8')) as Record<
        string,
        Definition
      >,
    ),
  );
  return all;
}

/** The fields of a message by the names that they have in protobuf; undefined: Envoy has no such message. */
export function fieldsOfMessage(name: string): Readonly<Record<string, FieldType>> | undefined {
  return definitions().get(name)?.fields;
}

/** The values of an enumeration. */
export function valuesOfEnumeration(name: string): Readonly<Record<string, number>> | undefined {
  return definitions().get(name)?.values;
}

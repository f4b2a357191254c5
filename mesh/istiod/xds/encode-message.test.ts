import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { encodeAny } from '#mesh/istiod/xds/encode-message.ts';

/** The same definitions, as protobufjs reads them. */
const root = rootOf(
  JSON.parse(readFileSync(new URL('envoy-types.json', import.meta.url), 'utf8')) as Record<
    string,
    protobuf.IType | protobuf.IEnum
  >,
);

function rootOf(definitions: Readonly<Record<string, protobuf.IType | protobuf.IEnum>>): protobuf.Root {
  const all = new protobuf.Root();
  for (const [fullName, definition] of Object.entries(definitions)) {
    const path = fullName.split('.');
    const name = path.pop() ?? '';
    const isMessage = 'fields' in definition;
    all
      .define(path)
      .add(
        isMessage
          ? protobuf.Type.fromJSON(name, definition)
          : protobuf.Enum.fromJSON(name, definition as protobuf.IEnum),
      );
  }
  return all.resolveAll() as protobuf.Root;
}

function decoded(type: string, content: JsonObject) {
  const { type_url, value } = encodeAny({ '@type': `type.googleapis.com/${type}`, ...content });
  expect(type_url).toBe(`type.googleapis.com/${type}`);
  const message = root.lookupType(type);
  return message.toObject(message.decode(value), { enums: String, longs: Number });
}

it.each([
  ['a duration', { connect_timeout: '1.25s' }, { connect_timeout: { seconds: 1, nanos: 250_000_000 } }],
  ['an enum', { type: 'STRICT_DNS' }, { type: 'STRICT_DNS' }],
  [
    'a wrapped number',
    { per_connection_buffer_limit_bytes: 7 },
    { per_connection_buffer_limit_bytes: { value: 7 } },
  ],
  ['a field that is undefined', { name: 'a', type: undefined }, { name: 'a' }],
  ['a map', { typed_extension_protocol_options: {} }, {}],
  [
    'a list of messages',
    { circuit_breakers: { thresholds: [{ max_requests: 3 }] } },
    { circuit_breakers: { thresholds: [{ max_requests: { value: 3 } }] } },
  ],
  [
    'a struct',
    { metadata: { filter_metadata: { istio: { config: 'x', n: 1, on: true, list: [null] } } } },
    {
      metadata: {
        filter_metadata: {
          istio: {
            fields: {
              config: { string_value: 'x' },
              n: { number_value: 1 },
              on: { bool_value: true },
              list: { list_value: { values: [{ null_value: 'NULL_VALUE' }] } },
            },
          },
        },
      },
    },
  ],
])('%s becomes what Envoy reads', (_, json, message) => {
  expect(decoded('envoy.config.cluster.v3.Cluster', json as never)).toEqual(message);
});

it('a message within a message of any type is encoded by its own type', () => {
  const { transport_socket: socket } = decoded('envoy.config.cluster.v3.Cluster', {
    transport_socket: {
      name: 'tls',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
        sni: 'a.example',
      },
    },
  } as never);
  const context = root.lookupType('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext');
  expect(context.toObject(context.decode(socket.typed_config.value))).toEqual({ sni: 'a.example' });
});

it.each([
  ['a type', 'nobody.knows.Me', {}, 'no message is called nobody.knows.Me'],
  ['a field', 'envoy.config.cluster.v3.Cluster', { nonsense: 1 }, 'Cluster has no field nonsense'],
  ['a value of an enumeration', 'envoy.config.cluster.v3.Cluster', { type: 'ODD' }, 'has no value "ODD"'],
  ['a duration', 'envoy.config.cluster.v3.Cluster', { connect_timeout: '5' }, 'not a duration: 5'],
  ['a text', 'envoy.config.cluster.v3.Cluster', { name: 5 }, 'not a string: 5'],
])('%s that Envoy does not have is a bug', (_, type, content, message) => {
  expect(() => encodeAny({ '@type': `type.googleapis.com/${type}`, ...content })).toThrow(message);
});

const sources = join(import.meta.dirname, '../envoy');
/** An Envoy reads its bootstrap as JSON. */
const elsewhere = /\.bootstrap\.|\.resource_monitors\.|\.overload\.|\.metrics\./;

it('knows every type that an Envoy of the mesh is given', () => {
  const texts = globSync('**/*.ts', { cwd: sources })
    .filter((file) => !file.startsWith('generated/'))
    .map((file) => readFileSync(join(sources, file), 'utf8'));
  const named = texts.flatMap((text) => [...text.matchAll(/'(envoy\.[a-z_.]+\.v3\.[A-Z]\w+)'/g)]);
  const types = new Set(named.map(([, name = '']) => name).filter((name) => !elsewhere.test(name)));
  expect(types.size).toBeGreaterThan(20);
  expect([...types].filter((name) => !root.lookup(name))).toEqual([]);
});

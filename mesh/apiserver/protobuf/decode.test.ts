import protobuf from 'protobufjs/minimal.js';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import { decodeObject } from '#mesh/apiserver/protobuf/decode.ts';

type Writer = protobuf.Writer;
type Write = (writer: Writer) => Writer;

const text = (number: number, value: string) => (writer: Writer) =>
  writer.uint32((number << 3) | 2).string(value);
const int = (number: number, value: number) => (writer: Writer) => writer.uint32(number << 3).int64(value);
const bytes = (number: number, value: Uint8Array) => (writer: Writer) =>
  writer.uint32((number << 3) | 2).bytes(value);
const message = (number: number, ...fields: readonly Write[]) => bytes(number, made(...fields));

function made(...fields: readonly Write[]): Uint8Array {
  return fields.reduce((writer, write) => write(writer), protobuf.Writer.create()).finish();
}

/** As Kubernetes wraps it. */
function envelope(apiVersion: string, kind: string, ...fields: readonly Write[]): Uint8Array {
  const unknown = made(message(1, text(1, apiVersion), text(2, kind)), bytes(2, made(...fields)));
  return Buffer.concat([Buffer.from('k8s\0'), unknown]);
}

const metadata = message(1, text(1, 'it'), text(2, ''), text(3, 'default'), message(8));

describe('an object in protobuf', () => {
  it('is what JSON says: maps, bytes and lists; empty texts and times left out', () => {
    const secret = envelope(
      ...(['v1', 'Secret'] as const),
      metadata,
      message(2, text(1, 'a'), bytes(2, Buffer.from('b'))),
      message(2, text(1, '__proto__'), bytes(2, Buffer.from('c'))),
      text(3, 'Opaque'),
    );
    const object = decodeObject(secret);
    expect(object).toMatchObject({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'it', namespace: 'default' },
    });
    expect(Object.keys(object['metadata'] as object)).toEqual(['name', 'namespace']);
    expect(JSON.stringify(object['data'])).toBe('{"a":"Yg==","__proto__":"Yw=="}');
  });

  it('keeps a zero that was said, and leaves out one that was not', () => {
    // spec.replicas is a pointer in Go; minReadySeconds is not.
    const deployment = envelope('apps/v1', 'Deployment', metadata, message(2, int(1, 0), int(5, 0)));
    expect(decodeObject(deployment)['spec']).toEqual({ replicas: 0 });
  });

  it('has the fields of a part that Go embeds, and values that are either number or text', () => {
    const port = (...fields: Write[]) =>
      message(1, text(1, ''), text(2, 'TCP'), int(3, 80), message(4, ...fields));
    const service = (...fields: Write[]) => envelope('v1', 'Service', metadata, message(2, port(...fields)));
    const targets = [
      [int(1, 0), int(2, 8080)],
      [int(1, 1), text(3, 'http')],
    ].map((fields) => (decodeObject(service(...fields))['spec'] as { ports: object[] }).ports);
    expect(targets).toEqual([
      [{ protocol: 'TCP', port: 80, targetPort: 8080 }],
      [{ protocol: 'TCP', port: 80, targetPort: 'http' }],
    ]);
    // ConfigMapEnvSource embeds a LocalObjectReference.
    const source = message(19, message(2, message(1, text(1, 'map'))));
    const pod = envelope('v1', 'Pod', metadata, message(2, message(2, text(1, 'c'), source)));
    expect(decodeObject(pod)['spec']).toMatchObject({
      containers: [{ name: 'c', envFrom: [{ configMapRef: { name: 'map' } }] }],
    });
  });

  it('has times with and without fractions, and quantities', () => {
    const seconds = Date.parse('2026-01-02T03:04:05Z') / 1000;
    const event = envelope(
      'v1',
      'Event',
      metadata,
      message(6, int(1, seconds)),
      message(10, int(1, seconds), int(2, 1500)),
    );
    expect(decodeObject(event)).toMatchObject({
      firstTimestamp: '2026-01-02T03:04:05Z',
      eventTime: '2026-01-02T03:04:05.000001Z',
    });
    const hard = message(1, text(1, 'pods'), message(2, text(1, '3')));
    expect(decodeObject(envelope('v1', 'ResourceQuota', metadata, message(2, hard)))['spec']).toEqual({
      hard: { pods: '3' },
    });
  });

  it('may have fields that are newer than this', () => {
    expect(decodeObject(envelope('v1', 'ConfigMap', metadata, text(1000, 'new')))).toMatchObject({
      kind: 'ConfigMap',
    });
  });

  it('is also what a delete has to say', () => {
    const options = envelope('v1', 'DeleteOptions', int(1, 0), text(4, 'Foreground'));
    expect(decodeObject(options)).toMatchObject({ gracePeriodSeconds: 0, propagationPolicy: 'Foreground' });
  });
});

describe('what is no object', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 400],
    ['JSON', Buffer.from('{"kind":"Pod"}'), 400],
    ['an end too early', envelope('v1', 'Pod', metadata).subarray(0, 20), 400],
    ['a message longer than all', envelope('v1', 'Pod', bytes(1, Buffer.from([0x0a, 0x7f]))), 400],
    ['a kind of a definition', envelope('networking.istio.io/v1', 'VirtualService'), 415],
    ['a name out of the language', envelope('v1', 'constructor'), 415],
    ['no kind', Buffer.from('k8s\0'), 415],
  ])('%s', (_, body, code) => {
    expect(() => decodeObject(body)).toThrow(expect.objectContaining({ code }));
  });

  it('is refused whatever its bytes are', () => {
    const whole = envelope('v1', 'Pod', metadata, message(2, message(2, text(1, 'c'), text(2, 'image'))));
    const random = xoroshiro128plus(7);
    let refused = 0;
    for (let round = 0; round < 2000; round += 1) {
      const body = Buffer.from(whole);
      for (let flips = 0; flips < 3; flips += 1)
        body[uniformInt(random, 4, body.length - 1)] = uniformInt(random, 0, 255);
      try {
        decodeObject(body);
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

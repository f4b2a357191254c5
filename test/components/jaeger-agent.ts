import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { program } from '#test/components/component.ts';
import type { Jaeger } from '#test/components/jaeger.ts';
import { startServer } from '#test/components/server-process.ts';
import { freePorts } from '#test/free-ports.ts';

const agent = program('jaeger-agent', 'JAEGER_AGENT');

export interface JaegerAgent {
  /** Takes Thrift by UDP in the binary protocol. */
  readonly port: number;
  /** What it could not hand on. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

/**
 * Jaeger's servers have no UDP ports since 1.62; the agent of that version was the last to have them. `JAEGER_AGENT` names
 * one. Without it this process plays the agent: it hands each batch on to the real Jaeger, unread, over HTTP.
 */
export function startAgent(jaeger: Jaeger): Promise<JaegerAgent> {
  return agent === undefined ? playAgent(jaeger) : realAgent(agent, jaeger);
}

async function realAgent(command: string, { grpcAddress }: Jaeger): Promise<JaegerAgent> {
  const [port = 0, compact, zipkin, http, admin] = await freePorts(5);
  const at = (flag: string, number: number | undefined) => `--${flag}=127.0.0.1:${number}`;
  const close = await startServer({
    command,
    args: [
      `--reporter.grpc.host-port=${grpcAddress}`,
      at('processor.jaeger-binary.server-host-port', port),
      at('processor.jaeger-compact.server-host-port', compact),
      at('processor.zipkin-compact.server-host-port', zipkin),
      at('http-server.host-port', http),
      at('admin.http.host-port', admin),
    ],
    readyUrl: `http://127.0.0.1:${admin}/`,
  });
  return { port, failures: [], close };
}

async function playAgent({ collectorUrl }: Jaeger): Promise<JaegerAgent> {
  const failures: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (packet) => {
    fetch(`${collectorUrl}/api/traces?format=jaeger.thrift`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.apache.thrift.binary' },
      body: new Uint8Array(batchOf(packet)),
    }).then(
      ({ status }) => status === 202 || failures.push(`status ${status}`),
      (error: Error) => failures.push(error.message),
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const close = async () => {
    socket.close();
    await once(socket, 'close');
  };
  return { port: socket.address().port, failures, close };
}

/** Version and type of a Thrift message, and its number. */
const WORD = 4;
/** A field's type and number, before its value. */
const FIELD = 3;
/** The end of the arguments. */
const STOP = 1;

/**
 * The batch within `emitBatch(1: Batch batch)`, Thrift's binary protocol:
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md
 */
function batchOf(packet: Buffer): Buffer {
  const name = packet.readUInt32BE(WORD);
  const start = WORD + WORD + name + WORD + FIELD;
  return packet.subarray(start, packet.length - STOP);
}

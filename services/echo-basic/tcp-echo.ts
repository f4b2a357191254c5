import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { TLSSocket } from 'node:tls';
import type { EchoConfig } from '#services/echo-basic/config.ts';

/** The first line of every connection, by which the suite knows the server. */
const WELCOME = 'Gateway API Test TCP Server\n';

/** Answers lines: `TEST` with JSON about the server and the connection, `IS_TLS` with true or false, `PING` with `PONG`. */
export function echoConnection(config: EchoConfig) {
  return (socket: Socket): void => {
    socket.on('error', () => socket.destroy());
    const secure = socket instanceof TLSSocket;
    const payload = JSON.stringify({
      ...{ namespace: config.NAMESPACE, ingress: config.INGRESS_NAME },
      ...{ service: config.SERVICE_NAME, pod: config.POD_NAME },
      ...{ tcpport: String(config.TCP_PORT), tlsport: String(config.TLS_PORT), isTLS: secure },
      ...(secure && { tls: facts(socket) }),
    });
    const answers = new Map([
      ['TEST', payload],
      ['IS_TLS', String(secure)],
      ['PING', 'PONG'],
    ]);
    socket.write(WELCOME);
    createInterface({ input: socket }).on('line', (line) => {
      const answer = answers.get(line);
      if (answer !== undefined) socket.write(`${answer}\n`);
    });
  };
}

function facts(socket: TLSSocket) {
  const { servername } = socket as TLSSocket & { readonly servername?: string | false };
  return {
    version: (socket.getProtocol() ?? '').replace('TLSv', 'TLS '),
    serverName: servername || '',
    ...(socket.alpnProtocol && { negotiatedProtocol: socket.alpnProtocol }),
    cipherSuite: socket.getCipher().standardName,
  };
}

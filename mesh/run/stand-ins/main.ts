import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import process from 'node:process';
import { answers } from '#mesh/run/stand-ins/answers.ts';

/** What the runner passes in the variable STAND_INS. */
export interface StandInConfiguration {
  readonly listeners: readonly {
    readonly answer: string;
    readonly port: number;
    /** Paths of the PEM files, for HTTPS. */
    readonly tls?: { readonly certificate: string; readonly key: string };
  }[];
}

const { listeners } = JSON.parse(process.env['STAND_INS'] ?? '{"listeners":[]}') as StandInConfiguration;

for (const { answer, port, tls } of listeners) {
  const handle = (_request: IncomingMessage, response: ServerResponse) => {
    const body = answers[answer]?.(new Date()) ?? '';
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  };
  const server = tls
    ? createTlsServer({ cert: readFileSync(tls.certificate), key: readFileSync(tls.key) }, handle)
    : createServer(handle);
  server.listen(port, '127.0.0.1');
}

process.once('SIGTERM', () => process.exit(0));

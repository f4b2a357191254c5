import { readFileSync } from 'node:fs';
import { createServer as createH2c } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server } from 'node:net';
import { createServer as createTls, type TlsOptions } from 'node:tls';
import { createServer as createHttp } from '#platform/node-http.ts';
import { localPort } from '#platform/port-map.ts';
import { type EchoConfig, localFile } from '#services/echo-basic/config.ts';
import { echoGrpc } from '#services/echo-basic/grpc-echo.ts';
import { echoRequest } from '#services/echo-basic/http-echo.ts';
import { echoConnection } from '#services/echo-basic/tcp-echo.ts';
import { echoWebSockets } from '#services/echo-basic/websocket-echo.ts';

export interface EchoBasic {
  /** From a declared port to the one that is listened on. */
  readonly ports: ReadonlyMap<number, number>;
  close(): void;
}

/**
 * Plays Gateway API's conformance image echo-basic: answers each request with what arrived, as JSON
 * (https://github.com/kubernetes-sigs/gateway-api/tree/main/conformance/echo-basic).
 *
 * @throws if it cannot listen or read a certificate
 */
export async function startEchoBasic(config: EchoConfig, log: (text: string) => void): Promise<EchoBasic> {
  const servers = serversOf(config, log);
  const host = config.PORT_MAP ? '127.0.0.1' : '0.0.0.0';
  const ports = new Map<number, number>();
  for (const [declared, server] of servers) {
    await listen(server, { port: localPort(declared, config.PORT_MAP), host });
    ports.set(declared, (server.address() as AddressInfo).port);
    log(`Starting server, listening on port ${declared}`);
  }
  return {
    ports,
    close() {
      for (const server of servers.values()) server.close();
    },
  };
}

function serversOf(config: EchoConfig, log: (text: string) => void): ReadonlyMap<number, Server> {
  if (config.TCP_ECHO_SERVER) return tcpServers(config);
  if (config.GRPC_ECHO_SERVER) return new Map([[config.HTTP_PORT, createH2c(echoGrpc(config))]]);
  const answer = echoRequest(config, log);
  const servers = new Map<number, Server>([
    [config.HTTP_PORT, echoWebSockets(createHttp(answer))],
    [config.H2C_PORT, createH2c(answer)],
  ]);
  const tls = tlsOf(config, config.TLS_SERVER_PRIVKEY);
  return tls ? servers.set(config.HTTPS_PORT, createHttps(tls, answer)) : servers;
}

function tcpServers(config: EchoConfig): ReadonlyMap<number, Server> {
  const answer = echoConnection(config);
  const servers = new Map<number, Server>([[config.TCP_PORT, createTcp(answer)]]);
  const tls = tlsOf(config, config.TLS_SERVER_PRIV_KEY);
  return tls ? servers.set(config.TLS_PORT, createTls(tls, answer)) : servers;
}

/** The server's certificate, when one is named. */
function tlsOf(config: EchoConfig, key: string | undefined): TlsOptions | undefined {
  const { TLS_SERVER_CERT: certificate, TLS_CLIENT_CACERTS: clients } = config;
  if (!certificate || !key) return undefined;
  const read = (path: string) => readFileSync(localFile(path, config));
  return {
    ...{ cert: read(certificate), key: read(key) },
    ...(clients && { ca: read(clients), requestCert: true, rejectUnauthorized: false }),
  };
}

function listen(server: Server, where: { readonly port: number; readonly host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, resolve);
  });
}

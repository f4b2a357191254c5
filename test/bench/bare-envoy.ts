import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { envoyArguments } from '#mesh/istiod/envoy/bootstrap.ts';
import { type Program, startProgram } from '#test/bench/program.ts';

/** An Envoy that answers every request itself, by a route that it reads from a file. */
export interface BareEnvoy {
  readonly url: string;
  /** Writes another answer into the route's file, as Envoy wants it: by renaming. */
  answer(text: string): Promise<void>;
  readonly process: Program;
}

export interface BareEnvoyOptions {
  readonly envoy: string;
  readonly port: number;
  /** A folder of its own, which exists. */
  readonly folder: string;
}

const TYPES = 'type.googleapis.com/envoy';
const MANAGER = `${TYPES}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`;
const ROUTER = `${TYPES}.extensions.filters.http.router.v3.Router`;
const ROUTES = `${TYPES}.config.route.v3.RouteConfiguration`;

/** The least that an Envoy can be and still take part in a comparison: one listener, one route. */
export async function startBareEnvoy({ envoy, port, folder }: BareEnvoyOptions): Promise<BareEnvoy> {
  const bootstrap = join(folder, 'bootstrap.json');
  const answer = (text: string) => replace(folder, text);
  await answer('first');
  await writeFile(
    bootstrap,
    JSON.stringify({
      node: { id: 'bare', cluster: 'bare' },
      static_resources: { listeners: [listener(port, folder)] },
    }),
  );
  const log = join(folder, 'envoy.log');
  const process = startProgram({ command: envoy, args: envoyArguments({ bootstrap }), log });
  return { url: `http://127.0.0.1:${port}/`, answer, process };
}

async function replace(folder: string, text: string): Promise<void> {
  const route = { match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: text } } };
  const virtualHost = { name: 'all', domains: ['*'], routes: [route] };
  const resource = { '@type': ROUTES, name: 'routes', virtual_hosts: [virtualHost] };
  const next = join(folder, 'routes.next');
  await writeFile(next, JSON.stringify({ resources: [resource] }));
  await rename(next, routesFile(folder));
}

function routesFile(folder: string): string {
  return join(folder, 'routes.json');
}

function listener(port: number, folder: string): object {
  const source = { path_config_source: { path: routesFile(folder), watched_directory: { path: folder } } };
  const manager = {
    '@type': MANAGER,
    stat_prefix: 'bare',
    rds: { route_config_name: 'routes', config_source: { ...source, resource_api_version: 'V3' } },
    http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': ROUTER } }],
  };
  return {
    name: 'bare',
    address: { socket_address: { address: '127.0.0.1', port_value: port } },
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
    ],
  };
}

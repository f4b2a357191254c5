import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { z } from 'zod';
import type { Api } from '#mesh/apiserver/api.ts';
import type { OpenApi } from '#mesh/apiserver/openapi/open-api.ts';
import { LiveFeed } from '#mesh/console/graph/live-feed.ts';
import { LiveGraph } from '#mesh/console/graph/live-graph.ts';
import { podRoutes, podRows } from '#mesh/console/pods/pod-routes.ts';
import { PolicyHistory } from '#mesh/console/policies/history.ts';
import { type Applier, policyRoutes } from '#mesh/console/policies/policy-routes.ts';
import { entranceOf, explained, type GatewayPorts, senders } from '#mesh/console/requests/entrances.ts';
import { sendAll, sendShape } from '#mesh/console/requests/send.ts';
import { bodyOf, ConsoleError, type ConsoleRoutes } from '#mesh/console/server/answers.ts';
import { type BesideOptions, besideTheConsole } from '#mesh/console/server/beside.ts';
import { createConsoleServer } from '#mesh/console/server/console-server.ts';
import { type WalkthroughOptions, Walkthroughs } from '#mesh/console/walkthroughs/walkthrough-routes.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import type { Ports } from '#mesh/kubelet/ports/ports.ts';

/** Where people look for Kiali; a second mesh on the machine takes the next free port. */
const WANTED_PORT = 20_001;

export interface ConsoleOptions extends BesideOptions {
  readonly ports: Ports;
  readonly api: Api;
  /** What kubectl reads, too: the editor completes fields by it. */
  readonly openApi: Pick<OpenApi, 'document'>;
  /** The mesh that the Envoys were last brought to; undefined before the first. */
  readonly mesh: () => Mesh | undefined;
  readonly pods: () => readonly RunningPod[];
  readonly gatewayPorts: GatewayPorts;
  readonly files: Applier;
  readonly adminUrl: (pod: RunningPod) => string | undefined;
  /** The page of another trace collector, where the mesh has none of its own. */
  readonly otherTraces: string | undefined;
  readonly walkthroughs: WalkthroughOptions;
  readonly onBug: (error: unknown) => void;
}

/** The mesh as a page. */
export interface Console {
  /** With the token: for the mesh's own user. */
  readonly url: string;
  stop(): void;
}

/** Serves the console at this machine's loopback. */
export async function serveConsole(options: ConsoleOptions): Promise<Console> {
  const { ports, api, onBug, pods } = options;
  const token = randomBytes(24).toString('base64url');
  const history = new PolicyHistory(api);
  const graph = new LiveGraph({
    mesh: options.mesh,
    envoys: () =>
      pods().flatMap(({ key, proxy }) => (proxy ? { name: key, socketPath: proxy.admin.socketPath } : [])),
  });
  const feed = new LiveFeed({
    ...{ graph, onBug },
    others: { changes: () => history.changes, pods: () => podRows(options) },
  });
  const walkthroughs = new Walkthroughs(options.walkthroughs);
  const routes: ConsoleRoutes = {
    'GET /api/live': ({ response }) => feed.join(response),
    'GET /api/about': async () => ({
      traces: options.traces === undefined ? options.otherTraces : 'traces/',
      senders: senders(model(options), options.gatewayPorts),
      token: await walkthroughs.demoToken(),
    }),
    ...requestRoutes(options),
    ...policyRoutes({ ...options, history }),
    ...podRoutes(options),
    ...walkthroughs.routes,
  };
  const server = createConsoleServer({ token, routes, onBug, beside: besideTheConsole(options) });
  const port = await ports.leaseFrom(WANTED_PORT);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${port}/#token=${token}`,
    stop() {
      feed.stop();
      history.stop();
      walkthroughs.stop();
      server.close();
      server.closeAllConnections();
    },
  };
}

function requestRoutes(options: ConsoleOptions): ConsoleRoutes {
  const { gatewayPorts } = options;
  const explainShape = z.strictObject({
    ...sendShape.pick({ from: true, method: true, url: true, headers: true }).shape,
  });
  return {
    'POST /api/send': async ({ request, response }) => {
      const wish = await bodyOf(request, sendShape);
      await sendAll(wish, entranceOf(model(options), gatewayPorts, wish.from), response);
    },
    'POST /api/explain': async ({ request }) =>
      explained(model(options), await bodyOf(request, explainShape)),
  };
}

function model({ mesh }: Pick<ConsoleOptions, 'mesh'>): Mesh {
  const current = mesh();
  if (!current) throw new ConsoleError(503, 'the mesh is not up yet');
  return current;
}

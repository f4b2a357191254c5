import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import { waitingReason } from '#mesh/kubelet/pods/pod-status.ts';
import type { RunningPod } from '#mesh/kubelet/pods/running-pod.ts';
import type { Command } from '#mesh/kubelet/process/node-executable.ts';
import type { AdminPages } from '#mesh/run/admin/admin-pages.ts';
import type { Overview } from '#mesh/run/api.ts';
import type { ControlContext } from '#mesh/run/control/route-table.ts';
import { spansUrl } from '#mesh/run/traces/traces-target.ts';
import type { Tracing } from '#mesh/run/traces/tracing.ts';

/** The overview of a running mesh, for people. */
export function overview({
  mesh,
  gatewayPorts,
  standIns,
  tracing,
  metrics,
  admin,
  console,
}: ControlContext): Overview {
  const gatewayPort = gatewayPorts.local.get(80);
  // Istio's own come last, and of the control plane there is nothing to see.
  const order = ({ plan, key }: RunningPod) => `${plan.role === 'workload' ? 0 : 1} ${key}`;
  const pods = mesh.pods
    .filter(({ plan }) => plan.role !== 'control-plane')
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((pod) => podRow(pod, admin));
  const gatewayUrl = gatewayPort === undefined ? undefined : `http://localhost:${gatewayPort}`;
  const others = gatewayUrls(mesh.dataPlane.model);
  return {
    pods,
    // While nothing listens anywhere, where it will.
    urls: [
      ...[...gatewayPorts.local]
        .map(([port, local]) => ({ port, local, scheme: schemeOf(port, mesh.dataPlane.model) }))
        .filter(({ port, scheme }) => scheme !== undefined || (port === 80 && others.length === 0))
        .map(({ port, local, scheme = 'http' }) => ({
          name: `gateway port ${port}`,
          url: `${scheme}://localhost:${local}`,
        })),
      ...others,
    ],
    standIns: standIns.map(({ host, port, address, localPort }) => ({
      host: `${host}:${port}`,
      address: `${address}:${localPort}`,
    })),
    ...(gatewayUrl && { gatewayUrl }),
    consoleUrl: console.url,
    envoysUrl: admin.url,
    metricsUrl: metrics.url,
    ...(tracing && { traces: tracesOf(tracing) }),
  };
}

/** Where the Gateways of Gateway API are, each of whose pods serves the same. */
export function gatewayUrls({ gateways }: Pick<Mesh, 'gateways'>): Overview['urls'] {
  const urls = gateways.flatMap(({ madeFor, servers }) =>
    madeFor === undefined
      ? []
      : servers.map(({ port, localPort, address = 'localhost', protocol }) => {
          const scheme = protocol.toLowerCase();
          const isUsual = localPort === usualPorts.get(scheme);
          return {
            name: `gateway ${madeFor} port ${port}`,
            url: `${scheme}://${address}${isUsual ? '' : `:${localPort}`}`,
          };
        }),
  );
  return [...new Map(urls.map((one) => [one.name, one])).values()];
}

const usualPorts = new Map([
  ['http', 80],
  ['https', 443],
]);

/** What a client of the installed gateway's port is to speak; undefined while nothing listens there. */
function schemeOf(port: number, { gateways }: Mesh): string | undefined {
  const installed = gateways.filter(({ madeFor }) => madeFor === undefined);
  const server = installed.flatMap(({ servers }) => servers).find((one) => one.port === port);
  return server?.protocol.toLowerCase();
}

function tracesOf({ page, api, collector, otlp, embedded }: Tracing): NonNullable<Overview['traces']> {
  return {
    ...{ page, zipkin: spansUrl(collector), embedded: embedded !== undefined },
    ...(api && { api }),
    ...(otlp && { otlp }),
  };
}

function podRow(pod: RunningPod, admin: AdminPages): Overview['pods'][number] {
  const { plan, proxy, containers } = pod;
  const ready = [
    ...containers.map((container) => pod.showsReady(container)),
    ...(proxy ? [proxy.ready] : []),
  ];
  const waiting = containers.find(({ program }) => program.state === 'waiting' && program.lastExit);
  return {
    name: plan.name,
    namespace: plan.namespace,
    ready: `${ready.filter(Boolean).length}/${ready.length}`,
    status: pod.terminating ? 'Terminating' : waiting ? waitingReason(waiting.program) : 'Running',
    playedBy: [
      ...new Set(
        containers.map(
          ({ plan: { played, real, command } }) => real?.engine ?? playerOf(played?.role, command),
        ),
      ),
    ],
    restarts: containers.reduce((sum, { program }) => sum + program.restarts, proxy?.program.restarts ?? 0),
    ports: Object.fromEntries(
      plan.ports.map(({ containerPort, inboundPort }) => [containerPort, inboundPort]),
    ),
    ...(proxy && { adminUrl: admin.urlOf(proxy.name) }),
  };
}

/** The end of the program's name, such as `services/reviews` or `redis`. */
function playerOf(role: string | undefined, { command, args }: Command): string {
  if (role !== undefined) return role === 'echo' ? 'stand-in' : role;
  const program = args.find((word) => /\.[cm]?[jt]s$/.test(word)) ?? command;
  return program.replace(/\/main\.[cm]?[jt]s$/, '').replace(/^.*\//, '');
}

import type { Mesh } from '#mesh/model/mesh.ts';
import type { Overview } from '#mesh/run/api.ts';
import { gatewayNamespace } from '#mesh/run/apply/gateway-ports.ts';
import type { ControlContext } from '#mesh/run/control/handlers.ts';
import type { RunningPod } from '#mesh/run/pods/running-pod.ts';
import type { ProxyProcess } from '#mesh/run/proxies/proxy-process.ts';
import { spansUrl } from '#mesh/run/traces/probe-collector.ts';
import type { Tracing } from '#mesh/run/traces/tracing.ts';

/** What a person wants to know about a running mesh. */
export function overview({ mesh, gatewayPorts, standIns, tracing, metrics }: ControlContext): Overview {
  const gatewayPort = gatewayPorts.local.get(80);
  const pods = [...mesh.pods].sort((a, b) => (a.key < b.key ? -1 : 1)).map(podRow);
  const gateway = mesh.dataPlane.gateway
    ? [gatewayRow(mesh.dataPlane.gateway.process, gatewayPorts.local)]
    : [];
  const gatewayUrl = gatewayPort === undefined ? undefined : `http://localhost:${gatewayPort}`;
  return {
    pods: [...pods, ...gateway],
    urls: [...gatewayPorts.local].map(([port, local]) => ({
      name: `gateway port ${port}`,
      url: `${schemeOf(port, mesh.dataPlane.model)}://localhost:${local}`,
    })),
    standIns: standIns.map(({ host, port, address, localPort }) => ({
      host: `${host}:${port}`,
      address: `${address}:${localPort}`,
    })),
    ...(gatewayUrl && { gatewayUrl }),
    metricsUrl: metrics.url,
    ...(tracing && { traces: tracesOf(tracing) }),
  };
}

/** What a client of the gateway's port is to speak. */
function schemeOf(port: number, { gateways }: Mesh): string {
  const server = gateways.flatMap(({ servers }) => servers).find((one) => one.port === port);
  const unserved = port === 443 ? 'https' : 'http';
  return server?.protocol.toLowerCase() ?? unserved;
}

function tracesOf({ page, api, collector, otlp, embedded }: Tracing): NonNullable<Overview['traces']> {
  return {
    ...{ page, zipkin: spansUrl(collector), embedded: embedded !== undefined },
    ...(api && { api }),
    ...(otlp && { otlp }),
  };
}

function podRow(pod: RunningPod): Overview['pods'][number] {
  const { plan, proxy, containers } = pod;
  const ready = [...containers.map((container) => container.ready), ...(proxy ? [proxy.ready] : [])];
  const waiting = containers.some(({ program }) => program.state === 'waiting' && program.lastExit);
  return {
    name: plan.name,
    namespace: plan.namespace,
    ready: `${ready.filter(Boolean).length}/${ready.length}`,
    status: pod.terminating ? 'Terminating' : waiting ? 'CrashLoopBackOff' : 'Running',
    restarts: containers.reduce((sum, { program }) => sum + program.restarts, proxy?.program.restarts ?? 0),
    ports: Object.fromEntries(
      plan.ports.map(({ containerPort, inboundPort }) => [containerPort, inboundPort]),
    ),
    ...(plan.sidecar && { adminPort: plan.sidecar.adminPort }),
  };
}

function gatewayRow(process: ProxyProcess, ports: ReadonlyMap<number, number>): Overview['pods'][number] {
  return {
    name: process.name.slice(0, -gatewayNamespace.length - 1),
    namespace: gatewayNamespace,
    ready: process.ready ? '1/1' : '0/1',
    status: process.program.state === 'waiting' ? 'CrashLoopBackOff' : 'Running',
    restarts: process.program.restarts,
    ports: Object.fromEntries(ports),
    adminPort: process.admin.port,
  };
}

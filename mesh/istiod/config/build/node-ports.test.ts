import { expect, it } from 'vitest';
import { nodePortsOf } from '#mesh/istiod/config/build/node-ports.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';

const service = (name: string, spec: string) =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {${spec}}}`;

function nodePorts(...lines: string[]) {
  const { documents } = loadManifest({ file: 'services.yaml', text: lines.join('\n---\n') });
  return nodePortsOf(parseResources(documents, { namespace: 'default' }).resources);
}

it('takes a declared NodePort, and makes one up for a Service of the type that declares none', () => {
  const ports = nodePorts(
    service('declared', 'type: NodePort, ports: [{port: 80, nodePort: 30080}]'),
    service('inner', 'ports: [{port: 80, nodePort: 30081}]'),
    service('made-up', 'type: NodePort, ports: [{port: 80, name: a}, {port: 81, name: b}]'),
  );
  expect(ports.get('declared.default.svc.cluster.local:80')).toBe(30080);
  expect(ports.has('inner.default.svc.cluster.local:80')).toBe(false);
  const madeUp = [80, 81].map((port) => ports.get(`made-up.default.svc.cluster.local:${port}`) ?? 0);
  expect(madeUp.every((port) => port >= 30000 && port <= 32767)).toBe(true);
  expect(new Set(madeUp).size).toBe(2);
});

it('makes up a number that nobody declares', () => {
  const open = service('open', 'type: NodePort, ports: [{port: 80}]');
  const [first] = nodePorts(open).values();
  const ports = nodePorts(open, service('other', `type: NodePort, ports: [{port: 80, nodePort: ${first}}]`));
  expect(ports.get('other.default.svc.cluster.local:80')).toBe(first);
  expect(new Set(ports.values()).size).toBe(2);
});

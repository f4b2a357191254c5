import process from 'node:process';
import { analyze } from '#mesh/istiod/analysis/analyze.ts';
import type { BuildInput } from '#mesh/istiod/config/build/input.ts';
import { buildMesh } from '#mesh/istiod/config/build.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';
import type { Resource } from '#mesh/istiod/config/schema/resource.ts';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import { keepEqual } from '#mesh/keep-equal.ts';
import { place } from '#mesh/testing/place.ts';
import type { Benchmark, BenchResult } from '#test/bench/benchmark.ts';
import { quantile } from '#test/bench/measure.ts';

const SIZES = [10, 100, 1_000, 3_000];
const ROUNDS = 3;
/** For 1,000 services, from text to the configuration of two Envoys. */
const AIM_SECONDS = 3;
const AIM_SIZE = 1_000;
const AIM_CHANGE_MILLISECONDS = 100;

const STAGES = ['YAML', 'schema', 'analysis', 'model', 'a sidecar', 'the gateway'] as const;
const CHANGE = ['its analysis', 'its model', 'its sidecar'] as const;
type Stage = (typeof STAGES)[number] | (typeof CHANGE)[number];
type Seconds = Record<Stage, number>;
/** The first changes find nothing compiled; the runner has been through many. */
const CHANGES = 9;

export const scale: Benchmark = {
  name: 'scale',
  title: 'translation of services with 3 subsets and 5 routes each, one pod to each',
  run({ progress }) {
    const measured = SIZES.map((size) => {
      progress(`${size} services`);
      return [size, measure(size)] as const;
    });
    return Promise.resolve(resultOf(measured));
  },
};

function measure(size: number): Seconds {
  const file = { file: 'scale.yaml', text: manifestOf(size) };
  return medians(Array.from({ length: ROUNDS }, () => translateInStages(file)));
}

function medians<Name extends string>(rounds: readonly Record<Name, number>[]): Record<Name, number> {
  const names = Object.keys(rounds[0] ?? {}) as Name[];
  const median = (name: Name) =>
    quantile(
      rounds.map((round) => round[name]),
      0.5,
    );
  return Object.fromEntries(names.map((name) => [name, median(name)])) as Record<Name, number>;
}

/** CPU seconds of each stage of `translate.ts`. */
function translateInStages(file: SourceFile): Seconds {
  const [yaml, { documents }] = timed(() => loadManifests([file]));
  const [schema, { resources, diagnostics }] = timed(() =>
    parseResources(documents, { namespace: 'default' }),
  );
  if (diagnostics.length > 0) throw new Error(`the manifest is wrong: ${diagnostics[0]?.message}`);
  const [analysis] = timed(() => analyze(resources));
  const input = place(resources);
  const [model, mesh] = timed(() => buildMesh(input));
  const [gateway] = mesh.gateways;
  const pod = mesh.pods.find(({ sidecar }) => sidecar);
  if (!gateway || !pod?.sidecar) throw new Error('the manifest makes no Envoy');
  const { sidecar } = pod;
  const [ofSidecar] = timed(() => envoyFor(mesh, { role: 'sidecar', pod, sidecar }));
  const [ofGateway] = timed(() => envoyFor(mesh, { role: 'gateway', gateway }));
  const changes = Array.from({ length: CHANGES }, (_, index) => changedRoute(input, mesh, index));
  return {
    ...{ YAML: yaml, schema, analysis, model, 'a sidecar': ofSidecar, 'the gateway': ofGateway },
    ...medians(changes),
  };
}

/** What the runner does when one VirtualService is another: what was made of the rest is at hand. */
function changedRoute(
  input: BuildInput,
  before: Mesh,
  count: number,
): Record<(typeof CHANGE)[number], number> {
  const { documents } = loadManifests([{ file: 'change.yaml', text: rulesOf('svc-0', `${1 + count}s`) }]);
  const [changed] = parseResources(documents, { namespace: 'default' }).resources;
  if (!changed) throw new Error('the change is wrong');
  const isOther = ({ kind, metadata }: Resource) =>
    kind !== changed.kind || metadata.name !== changed.metadata.name;
  const resources = [...input.resources.filter(isOther), changed];
  const [analysis] = timed(() => analyze(resources));
  const [model, mesh] = timed(() => keepEqual(before, buildMesh({ ...input, resources })));
  const pod = mesh.pods.find(({ sidecar }) => sidecar);
  if (!pod?.sidecar) throw new Error('the mesh has lost its sidecar');
  const proxy = { role: 'sidecar', pod, sidecar: pod.sidecar } as const;
  const [sidecar] = timed(() => envoyFor(mesh, proxy));
  return { 'its analysis': analysis, 'its model': model, 'its sidecar': sidecar };
}

function timed<T>(work: () => T): [seconds: number, result: T] {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1e6, result];
}

function manifestOf(size: number): string {
  return Array.from({ length: size }, (_, index) => serviceWithRules(`svc-${index}`)).join('---\n');
}

const versions = ['v1', 'v2', 'v3'];

function rulesOf(name: string, timeout = '9s'): string {
  const routes = Array.from(
    { length: 5 },
    (_, index) =>
      `  - match: [{uri: {prefix: /api/v${index}}, headers: {x-user: {exact: user-${index}}}}]
    route: [{destination: {host: ${name}, subset: ${versions[index % 3]}}}]
    retries: {attempts: 2, retryOn: 5xx}
    timeout: ${timeout}
`,
  );
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}}
spec:
  hosts: [${name}]
  http:
${routes.join('')}`;
}

function serviceWithRules(name: string): string {
  return `apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, version: v1}}
    spec: {containers: [{name: main, image: mesh101, ports: [{containerPort: 8080}]}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ${name}}
spec: {host: ${name}, subsets: [${versions.map((version) => `{name: ${version}, labels: {version: ${version}}}`).join(', ')}]}
---
${rulesOf(name)}`;
}

function resultOf(measured: readonly (readonly [size: number, seconds: Seconds])[]): BenchResult {
  const total = (seconds: Seconds) => STAGES.reduce((sum, stage) => sum + seconds[stage], 0);
  const aimed = measured.find(([size]) => size === AIM_SIZE)?.[1];
  if (!aimed) throw new Error(`${AIM_SIZE} services were not measured`);
  const change = 1_000 * CHANGE.reduce((sum, stage) => sum + aimed[stage], 0);
  return {
    tables: [
      {
        title: `CPU seconds of each stage, median of ${ROUNDS}`,
        head: ['services', ...STAGES, 'all', 'ms a service'],
        rows: measured.map(([size, seconds]) => [
          String(size),
          ...STAGES.map((stage) => seconds[stage].toFixed(3)),
          total(seconds).toFixed(3),
          ((1_000 * total(seconds)) / size).toFixed(2),
        ]),
      },
      {
        title: `CPU milliseconds of a changed route among them, median of ${CHANGES}`,
        head: ['services', ...CHANGE, 'all'],
        rows: measured.map(([size, seconds]) => {
          const all = CHANGE.map((stage) => 1_000 * seconds[stage]);
          return [
            String(size),
            ...all.map((one) => one.toFixed(1)),
            all.reduce((sum, one) => sum + one, 0).toFixed(1),
          ];
        }),
      },
    ],
    aims: [
      {
        text: `${AIM_SIZE} services under ${AIM_SECONDS} s`,
        measured: `${total(aimed).toFixed(2)} s`,
        met: total(aimed) < AIM_SECONDS,
      },
      {
        text: `analysis, model and one sidecar for a changed route among ${AIM_SIZE} services under ${AIM_CHANGE_MILLISECONDS} ms`,
        measured: `${change.toFixed(0)} ms`,
        met: change < AIM_CHANGE_MILLISECONDS,
      },
    ],
  };
}

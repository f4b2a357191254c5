import { describe, expect, it } from 'vitest';
import { analyze } from '#mesh/istiod/analysis/analyze.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { parseResources } from '#mesh/istiod/config/schema/parse-resources.ts';

const times = (count: number, text: (index: number) => string, separator = '') =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);
const head = (kind: string, name: string, version = 'v1') =>
  `apiVersion: ${version}\nkind: ${kind}\nmetadata: {name: ${name}, namespace: default}\n`;

const configMap = (count: number) =>
  `${head('ConfigMap', 'a')}data:\n${times(count, (i) => `  k${i}: "${i}"\n`)}`;
const wrongValues = (count: number) =>
  `${head('ConfigMap', 'a')}data:\n${times(count, (i) => `  k${i}: ${i}\n`)}`;
const routes = (count: number, host: (index: number) => string) =>
  times(
    count,
    (i) =>
      `${head('VirtualService', `v${i}`, 'networking.istio.io/v1')}spec: {hosts: [h${i}], http: [{route: [{destination: {host: ${host(i)}}}]}]}\n---\n` +
      `${head('Service', `s${i}`)}spec: {selector: {app: a${i}}, ports: [{name: http, port: 80}]}\n`,
    '---\n',
  );
const sharedLabels = (count: number) =>
  times(
    count,
    (i) =>
      `${head('Deployment', `d${i}`, 'apps/v1')}spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}}\n`,
    '---\n',
  );

/** From what is written to how much of it there is, at first; four times as much must not take sixteen times as long. */
const manifests: readonly (readonly [string, number, (count: number) => string])[] = [
  ['a ConfigMap of many keys', 800, configMap],
  ['a ConfigMap whose values are all wrong', 400, wrongValues],
  ['keys that stand twice', 800, (count) => `${configMap(count)}${times(count, (i) => `  k${i}: x\n`)}`],
  ['routes to hosts that are there', 60, (count) => routes(count, (i) => `s${i}`)],
  ['routes to hosts that are missing', 60, (count) => routes(count, (i) => `x${i}`)],
  ['pods that share a label', 80, sharedLabels],
  ['a line of quotes', 2_000, (count) => '"'.repeat(count)],
  ['a line of braces', 2_000, (count) => `a: ${'{'.repeat(count)}`],
  ['a line of anchors', 800, (count) => `a: ${'&a '.repeat(count)}`],
  ['lines that are no YAML', 400, (count) => times(count, () => 'a: b: c\n')],
  ['aliases', 200, (count) => times(count, (i) => `k${i}: &a${i} x\nl${i}: *a${i}\n`)],
  ['many documents', 400, (count) => '---\na: 1\n'.repeat(count)],
];

describe('load, schema and analysis', () => {
  it.each(manifests)('grow with what they read: %s', (_what, count, text) => {
    const [small, large] = [text(count), text(4 * count)];
    // The machine has other things to do: of several measurements the best tells what the work itself takes.
    const ratios = [];
    for (let round = 0; round < 5; round += 1) {
      ratios.push(best(large) / best(small));
      if (Math.min(...ratios) < 8) break;
    }
    expect(Math.min(...ratios)).toBeLessThan(8);
  });
});

describe('an object', () => {
  it('is at most as large as Kubernetes stores it', () => {
    const [fits, does] = [1_572_000, 1_573_000].map(
      (size) => `${head('ConfigMap', 'a')}data: {a: ${'x'.repeat(size)}}\n`,
    );
    expect(loadManifest({ file: 'a.yaml', text: fits ?? '' })).toMatchObject({
      documents: [{}],
      diagnostics: [],
    });
    const { documents, diagnostics } = loadManifest({ file: 'a.yaml', text: `a: 1\n---\n${does}` });
    expect(documents).toHaveLength(1);
    expect(diagnostics).toMatchObject([{ code: 'M101-too-large', position: { file: 'a.yaml', line: 3 } }]);
    expect(diagnostics[0]?.message).toContain('Kubernetes stores at most 1.5 MB');
  });

  it('of a list counts for itself', () => {
    const item = `- {kind: ConfigMap, data: {a: ${'x'.repeat(900_000)}}}\n`;
    const { documents, diagnostics } = loadManifest({
      file: 'a.yaml',
      text: `kind: List\nitems:\n${item.repeat(3)}`,
    });
    expect([documents.length, diagnostics]).toEqual([3, []]);
  });
});

function best(text: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 2; run += 1) {
    const { user } = process.cpuUsage();
    const { documents } = loadManifest({ file: 'test.yaml', text });
    analyze(parseResources(documents, { namespace: 'default' }).resources);
    best = Math.min(best, process.cpuUsage().user - user);
  }
  return Math.max(best, 1);
}

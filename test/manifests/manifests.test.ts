import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { checkDocument } from '#test/manifests/check.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** Read by kind and by kustomize; no cluster ever sees them. */
const isToolFile = (file: string) => file === 'cluster/kind.yaml' || file.endsWith('/kustomization.yaml');
const files = globSync('{k8s,istio,cluster}/**/*.yaml', { cwd: ROOT })
  .filter((file) => !isToolFile(file))
  .sort();

const CHAIN = 'k8s/chain.yaml';
const EGRESS = 'istio/chain/egress.yaml';
const CONTAINER = 'spec.template.spec.containers[0]';

async function problemsOf(file: string, text: string): Promise<readonly string[]> {
  const { documents, diagnostics } = loadManifest({ file, text });
  const problems = await Promise.all(documents.map(checkDocument));
  return [...diagnostics.map(({ message }) => message), ...problems.flat()];
}

describe('the official schemas', () => {
  it('are asked about the manifests', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'k8s/chain.yaml',
        'k8s/monitoring/jaeger.yaml',
        'istio/chain/ingress.yaml',
        'cluster/istio-operator.yaml',
      ]),
    );
  });

  it.each(files)('have nothing against %s', async (file) => {
    expect(await problemsOf(file, readFileSync(join(ROOT, file), 'utf8'))).toEqual([]);
  });
});

/** One slip in a manifest of ours, and what must be said of the line that it is in. */
const slips: readonly [file: string, right: string, wrong: string, problem: string][] = [
  // Unknown fields, at the top, in the middle, at the bottom, in lists, and in either API.
  [CHAIN, 'spec:\n  selector:', 'sepc:\n  selector:', 'sepc: unknown field'],
  [CHAIN, 'serviceAccountName:', 'serviceAcountName:', 'spec.template.spec.serviceAcountName: unknown field'],
  [CHAIN, 'httpGet:', 'httpget:', `${CONTAINER}.readinessProbe.httpget: unknown field`],
  [CHAIN, 'drop:', 'dorp:', `${CONTAINER}.securityContext.capabilities.dorp: unknown field`],
  ['istio/chain/ingress.yaml', 'route:', 'rute:', 'spec.http[0].rute: unknown field'],
  ['istio/chain/destinationrules.yaml', 'subsets:', 'subset:', 'spec.subset: unknown field'],
  // Wrong types and values.
  [
    CHAIN,
    'containerPort: 3000',
    'containerPort: "3000"',
    `${CONTAINER}.ports[0].containerPort: must be integer`,
  ],
  [CHAIN, 'value: "3000"', 'value: 3000', `${CONTAINER}.env[2].value: must be string`],
  [
    EGRESS,
    'resolution: DNS',
    'resolution: DSN',
    'spec.resolution: must be equal to one of the allowed values',
  ],
  [EGRESS, 'hosts: [time.jsontest.com]', 'hosts: time.jsontest.com', 'spec.hosts: must be array'],
  // What is missing, and what nobody knows.
  [EGRESS, 'spec:\n  hosts: [time.jsontest.com]', 'spec:', 'spec: must have required property hosts'],
  [CHAIN, 'kind: Deployment', 'kind: Deploiment', 'kind: no official schema of apps/v1 Deploiment'],
  [
    EGRESS,
    'kind: ServiceEntry',
    'kind: ServiceEntri',
    'kind: no official schema of networking.istio.io/v1 ServiceEntri',
  ],
];

describe('a slip is found, with file, line and path', () => {
  it.each(slips)('%s: %j → %j', async (file, right, wrong, problem) => {
    const [before, ...after] = readFileSync(join(ROOT, file), 'utf8').split(right);
    expect(after).not.toEqual([]);
    const problems = await problemsOf(file, [before + wrong + after[0], ...after.slice(1)].join(right));
    expect(problems).toContain(`${file}:${before?.split('\n').length}: ${problem}`);
  });
});

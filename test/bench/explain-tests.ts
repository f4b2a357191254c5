import { readFile } from 'node:fs/promises';
import { explainTests } from '#mesh/testing/explain-tests.ts';
import { imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import { readTests } from '#mesh/testing/read-tests.ts';
import type { TestSuite } from '#mesh/testing/test-case.ts';
import type { Benchmark, BenchResult } from '#test/bench/benchmark.ts';
import { formatSpread, spread } from '#test/bench/measure.ts';

const ROUNDS = 10;
const REQUESTS = 2_000;
/** Requests a second. */
const AIM = 2_000;
const MANIFESTS = [
  'k8s/bookinfo.yaml',
  ...['destination-rule-all', 'virtual-service-reviews-test-v2', 'authorization-services'].map(
    (name) => `istio/bookinfo/${name}.yaml`,
  ),
];

export const explainedTests: Benchmark = {
  name: 'explain',
  title: 'tests of manifests by their configuration alone (`mesh test --explain`)',
  async run({ progress }) {
    const files = await Promise.all(
      MANIFESTS.map(async (file) => ({ file, text: await readFile(file, 'utf8') })),
    );
    const { suites } = readTests([{ file: 'bench.mesh-test.yaml', text: testsOf(REQUESTS) }]);
    const rates = Array.from({ length: ROUNDS }, (_, round) => {
      progress(`round ${round + 1} of ${ROUNDS}`);
      return rate(suites[0], files);
    });
    return resultOf(rates);
  },
};

/** Requests a second, the reading of the manifests included: each round begins with nothing known. */
function rate(suite: TestSuite | undefined, files: Parameters<typeof imaginaryMesh>[0]): number {
  if (!suite) throw new Error('the tests cannot be read');
  const start = performance.now();
  const results = explainTests(suite, imaginaryMesh(files, suite));
  const seconds = (performance.now() - start) / 1000;
  const wrong = results.find(({ failures, mistake }) => failures.length > 0 || mistake);
  if (wrong) throw new Error(`${wrong.test.name} is not as expected: ${JSON.stringify(wrong)}`);
  return results.length / seconds;
}

/** Half of the requests match by a header, half fall through to the last rule; each has a path of its own. */
function testsOf(count: number): string {
  const tests = Array.from({ length: count }, (_, index) => {
    const [user, version] = index % 2 === 0 ? ['jason', 'v2'] : ['guest', 'v1'];
    return `  - name: request ${index}
    request: {from: productpage-v1, url: "http://reviews:9080/reviews/${index}", headers: {end-user: ${user}}}
    expect: {version: ${version}, allowed: true}`;
  });
  return `tests:\n${tests.join('\n')}\n`;
}

function resultOf(rates: readonly number[]): BenchResult {
  const { median } = spread(rates);
  return {
    tables: [
      {
        title: `${REQUESTS} tests of bookinfo, ${ROUNDS} rounds`,
        head: ['', 'requests a second'],
        rows: [['reading the manifests, explaining and judging', formatSpread(spread(rates), 0)]],
      },
    ],
    aims: [
      {
        text: `at least ${AIM} requests a second`,
        measured: `${Math.round(median)} (median)`,
        met: median >= AIM,
      },
    ],
  };
}

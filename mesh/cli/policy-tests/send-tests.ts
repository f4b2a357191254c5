import type { CliContext } from '#mesh/cli/context.ts';
import { type OwnMesh, startOwnMesh } from '#mesh/cli/policy-tests/own-mesh.ts';
import type { Client } from '#mesh/run/client.ts';
import { explainTests } from '#mesh/testing/explain-tests.ts';
import type { ImaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import type { PreparedTests } from '#mesh/testing/prepare.ts';
import type { TestSuite } from '#mesh/testing/test-case.ts';
import type { TestResult } from '#mesh/testing/test-result.ts';
import { type TestedMesh, trafficTests } from '#mesh/testing/traffic/traffic-tests.ts';

/** Sends requests through real Envoys: those of the running mesh, or of one that runs only for these tests. */
export async function sendTests(
  context: CliContext,
  tests: PreparedTests,
  { running }: { readonly running: boolean },
): Promise<readonly TestResult[]> {
  const [routesOnly, sendable] = split(tests.suites);
  // Tests of routes alone have no workload that could answer.
  const explained = routesOnly.flatMap((suite) => explainTests(suite, tests.imagined));
  if (sendable.length === 0) return explained;
  const isOwn = !running && tests.files.length > 0;
  const own = isOwn ? await startOwnMesh(context, tests) : undefined;
  try {
    const tested = await testedMesh(context, own?.client ?? (await context.connect()), own);
    const imagined = tests.files.length > 0 ? tests.imagined : describedBy(tested);
    const results: TestResult[] = [...explained];
    for (const suite of sendable) results.push(...(await trafficTests(suite, { tested, imagined })));
    return results;
  } finally {
    await own?.end();
  }
}

function split(suites: readonly TestSuite[]): readonly [readonly TestSuite[], readonly TestSuite[]] {
  return [suites.filter(({ routesOnly }) => routesOnly), suites.filter(({ routesOnly }) => !routesOnly)];
}

/** Without manifests, the running mesh is all that is known. */
function describedBy({ model }: TestedMesh): ImaginaryMesh {
  return { mesh: model, resources: [], diagnostics: [] };
}

async function testedMesh(
  context: CliContext,
  client: Client,
  own: OwnMesh | undefined,
): Promise<TestedMesh> {
  const { metricsUrl = '' } = await client.overview();
  const ports = new Map<string, number>();
  return {
    model: await client.mesh(),
    metrics: async () => (await context.fetchText(metricsUrl)).text,
    proxyOf: async (pod) => {
      if (pod.sidecar) return pod.sidecar.outboundPort;
      const key = `${pod.namespace}/${pod.name}`;
      const port =
        ports.get(key) ?? Number(new URL((await client.execTarget(pod)).env['HTTP_PROXY'] ?? '').port);
      ports.set(key, port);
      return port;
    },
    ...(own && { mint: own.mint }),
  };
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliContext, StartedRunner } from '#mesh/cli/context.ts';
import { startMesh } from '#mesh/cli/lifecycle/start-mesh.ts';
import { untilListening } from '#mesh/cli/listening.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { loadManifests } from '#mesh/istiod/config/load/load-manifest.ts';
import { objectName } from '#mesh/istiod/config/schema/identify.ts';
import type { Mesh } from '#mesh/istiod/model/mesh.ts';
import type { Client } from '#mesh/run/client.ts';
import type { PreparedTests } from '#mesh/testing/prepare.ts';
import type { Token } from '#mesh/testing/test-file.ts';
import { createMint, withKeys } from '#mesh/testing/tokens.ts';

/** A mesh for the tests alone, in a separate folder. */
export interface OwnMesh {
  readonly client: Client;
  readonly mint: (token: Token) => Promise<string>;
  /** Resolves when all of it has ended. */
  end(): Promise<void>;
}

/** Starts what the tests are about, beside any mesh that runs. Ctrl-C ends it. */
export async function startOwnMesh(context: CliContext, tests: PreparedTests): Promise<OwnMesh> {
  const home = await mkdtemp(join(tmpdir(), 'mesh-test-'));
  const controller = new AbortController();
  void context.interrupted().then(() => controller.abort(new CommandFailure('', { exitCode: 130 })));
  const mint = await createMint();
  const [suite] = tests.suites;
  const known = withKeys(tests.files, { issuers: issuersOf(tests), keys: mint.keys });
  const quiet: CliContext = {
    ...context,
    stdout: context.stderr,
    startRunner: (options) => context.startRunner({ ...options, home }),
  };
  const end = async (runner?: StartedRunner) => {
    await runner?.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const runner = await startMesh(quiet, {
      files: [...additions(tests), ...known],
      options: {
        outboundPolicy: suite?.outboundPolicy ?? 'REGISTRY_ONLY',
        foreground: true,
        tracesTo: 'none',
      },
      signal: controller.signal,
    });
    await untilAllListen(await runner.client.mesh());
    return { client: runner.client, mint: mint.mint, end: () => end(runner) };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A pod without probes is ready before its program listens. For one that never listens, this waits in vain, but only once. */
const LISTEN_WITHIN = 30_000;

async function untilAllListen({ services, pods }: Mesh): Promise<void> {
  const targets = new Set(
    services.flatMap(({ endpoints }) => endpoints.flatMap(({ ports }) => Object.values(ports))),
  );
  const own = pods.flatMap(({ ports }) => ports).filter(({ inboundPort }) => targets.has(inboundPort));
  await Promise.all(own.map(({ appPort }) => untilListening(appPort, { within: LISTEN_WITHIN })));
}

function issuersOf({ suites }: PreparedTests): ReadonlySet<string> {
  const cases = suites.flatMap((suite) => [...suite.cases, ...suite.others.map(({ caseOf }) => caseOf(''))]);
  return new Set(cases.flatMap(({ request }) => request.token?.issuer ?? []));
}

const BUILT_IN = ['default', 'istio-system', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Namespaces that the manifests name without declaring them, and callers without a sidecar if tests need some. */
function additions(tests: PreparedTests): readonly SourceFile[] {
  const namespace = tests.suites[0]?.namespace ?? 'default';
  const { documents } = loadManifests(tests.files);
  const objects = documents.map(({ value }) => value as { readonly kind?: unknown } | null);
  const declared = objects
    .filter((value) => value?.kind === 'Namespace')
    .map((value) => objectName(value, { kind: 'Namespace', namespace: '' }).name);
  const named = objects.map((value) => objectName(value, { kind: '', namespace }).namespace);
  const missing = new Set([...named, namespace].filter((name) => ![...BUILT_IN, ...declared].includes(name)));
  const texts = [...[...missing].map(namespaceText), ...outsiders(tests).map(outsiderText)];
  return texts.length > 0 ? [{ file: '<added by mesh test>', text: texts.join('---\n') }] : [];
}

function outsiders({ suites, imagined: { mesh } }: PreparedTests): readonly string[] {
  const wanted = suites.flatMap(({ cases, namespace }) =>
    cases
      .filter(({ request }) => !request.sidecar)
      .map(({ request: { from } }) => (from.includes('/') ? (from.split('/')[0] ?? '') : namespace)),
  );
  const hasOne = (name: string) => mesh.pods.some((pod) => pod.namespace === name && !pod.sidecar);
  return [...new Set(wanted)].filter((name) => !hasOne(name));
}

function namespaceText(name: string): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {istio-injection: enabled}}\n`;
}

function outsiderText(namespace: string): string {
  return `apiVersion: v1
kind: Pod
metadata: {name: mesh-test-outsider, namespace: ${namespace}, labels: {sidecar.istio.io/inject: "false"}}
spec: {containers: [{name: curl, image: curlimages/curl}]}
`;
}

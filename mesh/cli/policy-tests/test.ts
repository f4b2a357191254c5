import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type CliContext, type Invocation, wantsColor } from '#mesh/cli/context.ts';
import { formatJson, printDiagnostics } from '#mesh/cli/output/output.ts';
import { CommandFailure, type FileFlags } from '#mesh/cli/usage-error.ts';
import { type Diagnostic, hasErrors } from '#mesh/diagnostic.ts';
import { coverageOf } from '#mesh/testing/coverage.ts';
import { explainTests } from '#mesh/testing/explain-tests.ts';
import { type PreparedTests, prepare } from '#mesh/testing/prepare.ts';
import { readTests } from '#mesh/testing/read-tests.ts';
import { githubReport, jsonReport, junitReport, tapReport } from '#mesh/testing/reports/formats.ts';
import { specReport } from '#mesh/testing/reports/spec.ts';
import { type ManifestReader, manifestReader, testFilesIn } from '#mesh/testing/sources.ts';
import { passed, type TestReport, type TestResult } from '#mesh/testing/test-result.ts';

export interface TestFlags extends FileFlags {
  readonly explain?: boolean;
  readonly running?: boolean;
  readonly record?: boolean;
  readonly output: 'spec' | 'tap' | 'junit' | 'github' | 'json';
  readonly report?: string;
}

/** `mesh test [PATH…]`: the exit code is 1 if a test fails or a file has a mistake. */
export async function test({ context, operands, options }: Invocation<TestFlags>): Promise<number> {
  const { filename = [], explain = false, running = false, record = false } = options;
  if (explain && running) throw new CommandFailure('error: give either --explain or --running');
  const start = performance.now();
  const found = await testFilesIn(operands.length > 0 ? operands : ['.']);
  const { suites, diagnostics } = readTests(found.files);
  const reader = readerOf(context, options);
  const { prepared, diagnostics: ofManifests } = await prepare({ suites, manifests: filename, reader });
  const all = [...found.diagnostics, ...diagnostics, ...ofManifests].filter(isError);
  printDiagnostics(context, all);
  if (suites.length === 0) throw nothingToTest(operands, all);
  const results = explain
    ? prepared.flatMap(({ suites: ofMesh, imagined }) =>
        ofMesh.flatMap((suite) => explainTests(suite, imagined)),
      )
    : await sendAll(context, prepared, { running });
  if (record) return (await import('#mesh/cli/policy-tests/record.ts')).record(context, found.files, results);
  const report: TestReport = {
    results,
    coverage: coverageOf(
      prepared.map(({ imagined }) => imagined),
      results.flatMap(({ outcome }) => outcome ?? []),
    ),
    speed: explain ? 'explained' : 'real traffic',
    milliseconds: performance.now() - start,
  };
  await show(context, report, options);
  return results.every(passed) && !hasErrors(all) ? 0 : 1;
}

/** Reads manifests, with a real kubectl for kustomizations. */
export function readerOf(context: CliContext, { recursive = false }: FileFlags): ManifestReader {
  return manifestReader({
    recursive,
    stdin: context.stdin,
    kustomize: async (folder) => {
      const kubectl = await context.provideKubectl(() => undefined);
      const { stdout } = await promisify(execFile)(kubectl, ['kustomize', folder], {
        env: context.env,
        maxBuffer: 64 * 1024 * 1024,
      });
      return stdout;
    },
  });
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

function nothingToTest(operands: readonly string[], diagnostics: readonly Diagnostic[]): CommandFailure {
  if (diagnostics.length > 0) return new CommandFailure('error: no file of tests could be read');
  const where = operands.join(', ') || 'this folder';
  return new CommandFailure(
    `error: ${where} has no *.mesh-test.yaml; docs/testing.md shows how to write one`,
  );
}

async function sendAll(
  context: CliContext,
  prepared: readonly PreparedTests[],
  { running }: { readonly running: boolean },
): Promise<readonly TestResult[]> {
  const { sendTests } = await import('#mesh/cli/policy-tests/send-tests.ts');
  const results: TestResult[] = [];
  for (const one of prepared) results.push(...(await sendTests(context, one, { running })));
  return results;
}

const WRITERS: Readonly<Record<TestFlags['output'], (report: TestReport, color: boolean) => string>> = {
  spec: specReport,
  tap: tapReport,
  junit: junitReport,
  github: githubReport,
  json: (report) => formatJson(jsonReport(report)),
};

async function show(
  context: CliContext,
  report: TestReport,
  { output, report: file }: TestFlags,
): Promise<void> {
  const { stdout, env } = context;
  const color = wantsColor(stdout, env);
  if (file !== undefined) await writeFile(file, WRITERS[output](report, false));
  stdout.write(file === undefined ? WRITERS[output](report, color) : specReport(report, color));
}

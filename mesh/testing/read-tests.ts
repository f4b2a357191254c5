import type { ManifestDocument, SourceFile } from '#mesh/istiod/config/load/document.ts';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';
import { expectation } from '#mesh/istiod/config/schema/issue-diagnostic.ts';
import { schemaDiagnostics, testMistake } from '#mesh/testing/schema-issues.ts';
import type { OtherCallers, ReadTests, TestCase, TestSuite } from '#mesh/testing/test-case.ts';
import { type TestFile, type TestRequest, testFile } from '#mesh/testing/test-file.ts';
import { isValidatorFile, validatorCases } from '#mesh/testing/validator-format.ts';

/** Reads files of tests, in this project's format or in istio-config-validator's. Reports tests with mistakes, and leaves them out. */
export function readTests(sources: readonly SourceFile[]): ReadTests {
  const read = sources.map(readFile);
  return {
    suites: read.flatMap(({ suites }) => suites),
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
  };
}

function readFile(source: SourceFile): ReadTests {
  const { documents, diagnostics } = loadManifest(source);
  const read = documents.map(readDocument);
  return {
    suites: read.flatMap(({ suites }) => suites),
    diagnostics: [...diagnostics, ...read.flatMap((one) => one.diagnostics)],
  };
}

function readDocument(document: ManifestDocument): ReadTests {
  if (isValidatorFile(document.value)) return validatorCases(document);
  const parsed = testFile.safeParse(document.value, { error: expectation });
  if (!parsed.success) {
    return { suites: [], diagnostics: schemaDiagnostics(parsed.error, { schema: testFile, document }) };
  }
  const { tests, access } = parsed.data;
  const suite = suiteOf(parsed.data, document);
  const isEmpty = tests.length === 0 && access.length === 0;
  const empty = testMistake({
    message: 'the file holds no test',
    fix: 'write some below `tests` or `access`',
    position: document.at([]),
  });
  return { suites: [suite], diagnostics: isEmpty ? [empty] : [] };
}

function suiteOf(file: TestFile, document: ManifestDocument): TestSuite {
  const { manifests, namespace, outboundPolicy } = file;
  const tests = file.tests.map(
    ({ name, ...test }, index): TestCase => ({
      ...test,
      name,
      request: { ...test.request, url: absolute(test.request.url) },
      position: document.at(['tests', index, 'name']),
    }),
  );
  const cells = file.access.flatMap((line, index) => cellsOf(line, index, document));
  const others = file.access.flatMap((line, index) => othersOf(line, index, document));
  return { file: document.file, manifests, namespace, outboundPolicy, cases: [...tests, ...cells], others };
}

type Line = TestFile['access'][number];

function cellsOf(line: Line, index: number, document: ManifestDocument): readonly TestCase[] {
  return (['allowed', 'denied'] as const).flatMap((list) =>
    line[list].map((caller, place) => ({
      ...cell(line, caller, list),
      position: document.at(['access', index, list, place]),
    })),
  );
}

function othersOf(line: Line, index: number, document: ManifestDocument): readonly OtherCallers[] {
  const { others, allowed, denied, to } = line;
  const named = [...allowed, ...denied];
  // A line without callers waits for `--record`.
  if (!others && named.length > 0) return [];
  const position = document.at(['access', index, others ? 'others' : 'to']);
  const caseOf = (caller: string): TestCase => {
    if (others) return { ...cell(line, caller, others), position };
    const { expect: _, ...open } = cell(line, caller, 'allowed');
    return { ...open, name: `${caller} → ${to}`, position };
  };
  return [{ target: to, named, caseOf }];
}

function cell(line: Line, caller: string, list: 'allowed' | 'denied'): Omit<TestCase, 'position'> {
  const { to, headers, token } = line;
  const [first = '', second] = to.trim().split(/\s+/);
  const [method, url] = second === undefined ? ['GET', first] : [first.toUpperCase(), second];
  const request: TestRequest = {
    ...{ from: caller, sidecar: true, url: absolute(url), method, headers },
    ...(token && { token }),
  };
  return {
    name: `${caller} → ${to} is ${list}`,
    request,
    expect: { allowed: list === 'allowed' },
    cell: { caller, target: to },
  };
}

/** A path alone goes to the gateway, whatever the host; a host without a scheme means HTTP. */
function absolute(url: string): string {
  if (url.startsWith('/')) return `http://localhost${url}`;
  return url.includes('://') ? url : `http://${url}`;
}

import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import { type ImaginaryMesh, imaginaryMesh } from '#mesh/testing/imaginary-mesh.ts';
import { type ManifestReader, pathFrom } from '#mesh/testing/sources.ts';
import type { TestSuite } from '#mesh/testing/test-case.ts';

/** Files of tests that ask the same mesh. */
export interface PreparedTests {
  readonly suites: readonly TestSuite[];
  readonly files: readonly SourceFile[];
  readonly imagined: ImaginaryMesh;
}

export interface PrepareOptions {
  readonly suites: readonly TestSuite[];
  /** Paths beside those that the files of tests name. */
  readonly manifests: readonly string[];
  readonly reader: ManifestReader;
}

export interface Prepared {
  readonly prepared: readonly PreparedTests[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads what the tests are about, once for all tests of the same manifests. */
export async function prepare({ suites, manifests, reader }: PrepareOptions): Promise<Prepared> {
  const groups = Map.groupBy(suites, (suite) => keyOf(suite));
  const prepared: PreparedTests[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const alike of groups.values()) {
    const [first] = alike;
    if (!first) continue;
    const read = await readAll([...pathsOf(first), ...manifests], { suite: first, reader });
    const imagined = imaginaryMesh(read.files, first);
    prepared.push({ suites: alike, files: read.files, imagined });
    diagnostics.push(...read.diagnostics, ...imagined.diagnostics);
  }
  return { prepared, diagnostics };
}

function keyOf(suite: TestSuite): string {
  const { namespace, outboundPolicy, routesOnly } = suite;
  return JSON.stringify([pathsOf(suite), namespace, outboundPolicy, routesOnly]);
}

function pathsOf({ manifests, file }: TestSuite): readonly string[] {
  return manifests.map((path) => pathFrom(file, path));
}

async function readAll(
  paths: readonly string[],
  { suite, reader }: { readonly suite: TestSuite; readonly reader: ManifestReader },
) {
  const from = { file: suite.file, line: 1, column: 1 };
  const read = await Promise.all([...new Set(paths)].map((path) => reader.read(path, from)));
  return {
    files: read.flatMap(({ files }) => files),
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
  };
}

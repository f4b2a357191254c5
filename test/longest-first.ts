import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** From the longest; a file that matches none comes last. The cases of conformance take as long as ten other files. */
const LENGTHS = [
  ...[/conformance\/conformance[-.]/, /clients\/kubectl\./, /walkthroughs\/.*(?:mesh|slow)\./, /\.slow\./],
  ...[/apps\.mesh\./, /\.mesh\./, /\.process\./],
];

/** How early a file begins, from 0. */
export function rankOf(path: string): number {
  const rank = LENGTHS.findIndex((pattern) => pattern.test(path));
  return rank < 0 ? LENGTHS.length : rank;
}

/** Begins what takes longest first, so that two files at once end at about the same time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rankOf(one.moduleId) - rankOf(other.moduleId));
  }
}

import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** A time-out is there to end what hangs, on a machine that does ten other things as well. */
const patient = { expect: { poll: { timeout: 30_000 } }, testTimeout: 120_000, hookTimeout: 120_000 };

const report = process.env['TEST_REPORT'];
const COUNTS: ['json', object] = ['json', { outputFile: report }];
const LACKING = './test/reporting/lacking.ts';

/** What the tests of a project start is the middle of their files' names: `pods.mesh.test.ts`. */
const KINDS = ['process', 'mesh', 'slow', 'alone'];

/** The projects, from the quickest; docs: CONTRIBUTING.md. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    // A message that is cut after 40 characters does not say what a command printed.
    chaiConfig: { truncateThreshold: 400 },
    sequence: { sequencer: LongestFirst },
    // .ci/run counts in the file that TEST_REPORT names.
    reporters: ['default', ...(report ? [COUNTS] : []), LACKING],
    projects: [
      {
        test: {
          ...patient,
          name: 'unit',
          setupFiles: ['./test/reporting/no-processes.ts'],
          include: ['{platform,services,mesh,test}/**/*.test.ts'],
          exclude: KINDS.map((kind) => `**/*.${kind}.test.ts`),
        },
      },
      ...KINDS.map((kind) => ({
        test: {
          ...patient,
          name: kind,
          include: [`{platform,services,mesh,test}/**/*.${kind}.test.ts`],
          ...(['slow', 'alone'].includes(kind) && { testTimeout: 600_000, hookTimeout: 600_000 }),
          // Loads and public suites with time-outs of their own have the machine to themselves, after everything else.
          ...(kind === 'alone' && { fileParallelism: false, sequence: { groupOrder: 1 } }),
        },
      })),
    ],
  },
});

import { defineConfig } from 'vitest/config';

/** A time-out is there to end what hangs, on a machine that does ten other things as well. */
const patient = { expect: { poll: { timeout: 30_000 } }, testTimeout: 120_000, hookTimeout: 120_000 };

/** `unit` runs beside the code and in parallel; `mesh` starts real Envoys, so its files run one after the other. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...patient,
          name: 'unit',
          include: ['{platform,services,mesh,test}/**/*.test.ts'],
          exclude: ['**/*.mesh.test.ts'],
        },
      },
      {
        test: {
          ...patient,
          name: 'mesh',
          include: ['{mesh,test}/**/*.mesh.test.ts'],
          fileParallelism: false,
        },
      },
    ],
  },
});

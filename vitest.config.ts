import { defineConfig } from 'vitest/config';

/** `unit` runs beside the code and in parallel; `mesh` starts real Envoys, so its files run one after the other. */
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{platform,services,mesh,test}/**/*.test.ts'],
          exclude: ['**/*.mesh.test.ts'],
        },
      },
      {
        test: {
          name: 'mesh',
          include: ['{mesh,test}/**/*.mesh.test.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootstrap } from '#mesh/istiod/envoy/bootstrap.ts';
import { envoyFor } from '#mesh/istiod/envoy/envoy-for.ts';
import { readCase } from '#mesh/istiod/envoy/testing/read-case.ts';
import { staticForm } from '#mesh/istiod/envoy/testing/static-form.ts';
import { envoyBinary } from '#mesh/kubelet/binary/programs.ts';
import { goldenCases } from '#test/golden.ts';

const run = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), 'mesh101-validate-'));

describe('Envoy accepts the configuration of', () => {
  let envoy = '';
  beforeAll(async () => {
    envoy = await envoyBinary({ env: process.env });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  for (const { name, text } of goldenCases(join(import.meta.dirname, 'testdata'))) {
    it(name, async () => {
      const { mesh, proxy, options } = readCase(text);
      const file = `${name}.json`;
      const config = envoyFor(mesh, proxy, options);
      writeFileSync(
        join(directory, file),
        JSON.stringify(
          staticForm(config, bootstrap({ proxy, xdsSocket: 'xds.sock', adminSocket: 'admin.sock' })),
        ),
      );
      const { stdout, stderr } = await run(envoy, ['--mode', 'validate', '-c', file], { cwd: directory });
      expect(stdout).toContain(`configuration '${file}' OK`);
      expect(stderr).not.toMatch(/deprecated (option|field)/i);
    });
  }
});

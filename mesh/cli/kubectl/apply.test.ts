import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runCli, runWith } from '#mesh/cli/testing/run-cli.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mesh-cli-'));
  file = join(folder, 'frontend.yaml');
  await writeFile(file, 'kind: VirtualService\n');
  await writeFile(join(folder, 'middleware.yaml'), 'kind: VirtualService\n');
});
afterAll(() => rm(folder, { recursive: true }));

const misspelt: Diagnostic = {
  severity: 'error',
  code: 'M101-unknown-field',
  message: 'unknown field `hots`',
  fix: 'write `hosts`',
  position: { file: 'frontend.yaml', line: 7, column: 3 },
};

describe('kubectl apply and create', () => {
  it('sends the file under the name that was typed and prints what happened', async () => {
    const client = fakeClient();
    const run = await runCli(['apply', '-f', file, '-n', 'shop'], { client });
    expect(run).toEqual({
      exitCode: 0,
      stdout: 'virtualservice.networking.istio.io/frontend created\n',
      stderr: '',
    });
    const files = [{ file, text: 'kind: VirtualService\n' }];
    expect(client.calls).toEqual([['apply', { files, namespace: 'shop', mode: 'apply', dryRun: false }]]);
  });

  it('reads several files, folders and standard input', async () => {
    const client = fakeClient({ action: 'unchanged' });
    const run = await runCli(['create', '-f', `${file},-`, '-f', folder], { client, stdin: 'kind: Gateway' });
    expect(run.stdout.match(/\/\S+ unchanged/g)).toEqual([
      '/frontend unchanged',
      '/<stdin> unchanged',
      '/frontend unchanged',
      '/middleware unchanged',
    ]);
    expect(client.calls[0]?.[1]).toMatchObject({ mode: 'create' });
  });

  it('reports errors with file and line, and that nothing has changed', async () => {
    const { exitCode, stdout, stderr } = await runWith({ diagnostics: [misspelt] }, ['apply', '-f', file]);
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      'frontend.yaml:7: error M101-unknown-field: unknown field `hots`\n  fix: write `hosts`\nerror: nothing was changed\n',
    );
  });

  it('lets warnings pass', async () => {
    const warning = { ...misspelt, severity: 'warning' as const };
    const { exitCode, stdout, stderr } = await runWith({ diagnostics: [warning] }, ['apply', '-f', file]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('frontend.yaml:7: warning');
    expect(stdout).toContain('created');
  });

  it.each([
    ['server', ' (server dry run)'],
    ['client', ' (dry run)'],
  ])('marks a dry run by the %s', async (mode, mark) => {
    const client = fakeClient();
    const { stdout } = await runCli(['apply', '-f', file, `--dry-run=${mode}`], { client });
    expect(stdout).toBe(`virtualservice.networking.istio.io/frontend created${mark}\n`);
    expect(client.calls[0]?.[1]).toMatchObject({ dryRun: true });
  });

  it('creates a namespace', async () => {
    const client = fakeClient();
    await runCli(['create', 'namespace', 'legacy'], { client });
    const [, request] = client.calls[0] ?? [];
    expect(request).toMatchObject({
      mode: 'create',
      files: [{ text: expect.stringContaining('"name":"legacy"') }],
    });
  });

  it('changes nothing when a file is missing', async () => {
    const client = fakeClient();
    const { exitCode, stderr } = await runCli(['apply', '-f', file, '-f', 'nowhere.yaml'], { client });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('`nowhere.yaml` does not exist');
    expect(client.calls).toEqual([]);
  });

  it('wants a file', async () => {
    const { exitCode, stderr } = await runWith({}, ['apply']);
    expect([exitCode, stderr]).toEqual([1, 'error: must specify -f FILE, DIR or -\n']);
  });
});

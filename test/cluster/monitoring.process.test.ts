import type { ChildProcess } from 'node:child_process';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryDirectory } from '#test/temporary-directory.ts';
import { type MakeCase, StubbedProject } from './project.ts';
import type { Answer } from './stubs.ts';

/** Generous, as other tests may have the machine. In milliseconds. */
const WAIT = 60_000;

/** Tunnels that stay open, as kubectl's do. */
const OPEN: Answer = { to: 'kubectl port-forward *', stay: true };
const TUNNELS = [
  'kubectl port-forward --namespace istio-system deployment/jaeger 16686:16686',
  'kubectl port-forward --namespace istio-system deployment/grafana 3001:3000',
  'kubectl port-forward --namespace istio-system deployment/kiali 20001:20001',
  'kubectl port-forward --namespace istio-system deployment/prometheus 9090:9090',
];

describe('make start-monitoring-services', () => {
  it('opens a tunnel to each service and says where it leads', async () => {
    const { tunnels, output } = monitoring({ answers: [OPEN] });
    await vi.waitFor(() => expect(tunnels().sort()).toEqual([...TUNNELS].sort()), WAIT);
    await vi.waitFor(() => expect(output()).toContain('Ctrl-C'), WAIT);
    expect(output()).toMatch(
      /jaeger +http:\/\/localhost:16686\/\ngrafana +http:\/\/localhost:3001\/\nkiali +http:\/\/localhost:20001\//,
    );
  });

  it('takes other ports', async () => {
    const { tunnels } = monitoring({ answers: [OPEN], with: { GRAFANA_PORT: '3300' } });
    await vi.waitFor(
      () =>
        expect(tunnels()).toContain(
          'kubectl port-forward --namespace istio-system deployment/grafana 3300:3000',
        ),
      WAIT,
    );
  });

  it.each([{ WEB_HOST: 'cs-1-demo.cloudshell.dev' }, { CLOUD_SHELL: 'true' }])(
    'names the Web Preview of Cloud Shell, %o',
    async (env) => {
      const { output } = monitoring({ answers: [OPEN], env });
      const place =
        'WEB_HOST' in env ? 'https://16686-cs-1-demo.cloudshell.dev/' : 'Web Preview → Change port → 16686';
      await vi.waitFor(() => expect(output()).toContain(place), WAIT);
    },
  );

  it('passes over what is not installed', async () => {
    const { output, tunnels } = monitoring({
      answers: [OPEN, { to: 'kubectl get deployment kiali *', exit: 1 }],
    });
    await vi.waitFor(() => expect(output()).toMatch(/kiali +not installed: make deploy-istio/), WAIT);
    await vi.waitFor(() => expect(tunnels()).toHaveLength(3), WAIT);
  });

  it('opens a lost tunnel again', async () => {
    const lost: Answer = {
      to: 'kubectl port-forward * deployment/grafana *',
      exit: 1,
      complain: 'lost connection to pod',
    };
    const { output, tunnels } = monitoring({ answers: [lost, OPEN] });
    await vi.waitFor(
      () => expect(tunnels().filter((line) => line.includes('grafana')).length).toBeGreaterThan(1),
      WAIT,
    );
    await expect.poll(output).toContain('grafana: the tunnel was lost, opening it again');
  });

  it('ends with a line when a local port is taken, and takes the other tunnels along', async () => {
    const taken: Answer = {
      to: 'kubectl port-forward * deployment/grafana *',
      exit: 1,
      complain: 'error: unable to listen on any of the requested ports',
    };
    const { make, output } = monitoring({ answers: [taken, OPEN] });
    expect(await ended(make)).toBe(2);
    await expect
      .poll(output)
      .toContain('the port for grafana is in use on this machine: choose another, GRAFANA_PORT=');
    await vi.waitFor(() => expect(groupLives(make)).toBe(false), WAIT);
  });

  // A terminal sends Ctrl-C to the whole process group, a supervisor its signal to make alone.
  it.each([
    { signal: 'SIGINT' as const, to: 'the group' },
    { signal: 'SIGTERM' as const, to: 'the group' },
    { signal: 'SIGTERM' as const, to: 'make' },
  ])('leaves no process behind after $signal to $to', async ({ signal, to }) => {
    const { make, tunnels } = monitoring({ answers: [OPEN] });
    await vi.waitFor(() => expect(tunnels()).toHaveLength(4), WAIT);
    process.kill(to === 'make' ? pid(make) : -pid(make), signal);
    await ended(make);
    await vi.waitFor(() => expect(groupLives(make)).toBe(false), WAIT);
  });
});

function monitoring(options: Omit<MakeCase, 'make'>) {
  const project = new StubbedProject(temporaryDirectory());
  const make = project.start({ make: 'start-monitoring-services', ...options });
  let text = '';
  for (const stream of [make.stdout, make.stderr]) stream?.on('data', (data) => (text += data));
  onTestFinished(async () => {
    await vi.waitFor(() => {
      // Again and again: a signal may come between a shell's fork and its exec, and be lost there.
      if (groupLives(make)) process.kill(-pid(make), 'SIGTERM');
      expect(groupLives(make)).toBe(false);
    }, WAIT);
  });
  const tunnels = () =>
    project
      .commands()
      .split('\n')
      .filter((line) => line.startsWith('kubectl port-forward'));
  return { make, tunnels, output: () => text };
}

function pid(make: ChildProcess): number {
  if (make.pid === undefined) throw new Error('make did not start');
  return make.pid;
}

const ended = (make: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => make.once('close', resolve));

/** Signal 0 only asks whether the process group has a member. */
function groupLives(make: ChildProcess): boolean {
  try {
    process.kill(-pid(make), 0);
    return true;
  } catch {
    return false;
  }
}

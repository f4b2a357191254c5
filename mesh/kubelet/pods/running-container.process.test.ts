import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ContainerPlan } from '#mesh/kubelet/pods/pod-plan.ts';
import { RunningContainer } from '#mesh/kubelet/pods/running-container.ts';
import { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { nodeExecutable } from '#mesh/kubelet/process/node-executable.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';

const program = `process.once('SIGTERM', () => { console.log('told to end'); process.exit(0) });
console.log('up'); setInterval(() => {}, 1000);`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-container-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Given = Partial<Pick<ContainerPlan, 'preStop' | 'probes'>>;

function started(options: Given, grace = 10_000, slowStart = 60_000): RunningContainer {
  const plan: ContainerPlan = {
    ...{ name: 'app', image: 'app', probes: {}, ports: [] },
    command: { command: nodeExecutable, args: ['-e', program], env: {}, cwd: folder },
    ...options,
  };
  const log = new LogFile(join(folder, 'app.log'));
  const container = new RunningContainer({ plan, log, grace, slowStart, onChange: () => {} });
  container.start();
  return container;
}

async function running(options: Given, grace?: number): Promise<RunningContainer> {
  const container = started(options, grace);
  await eventually(
    () => container.program.output,
    (text) => text.includes('up'),
  );
  return container;
}

test('the program hears of its end when the hook has ended', async () => {
  const hook = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const container = await running({
    preStop: () => {
      asked.resolve();
      return hook.promise;
    },
  });
  const stopped = container.stop(new AbortController().signal);
  await asked.promise;
  expect([container.program.state, container.program.output]).toEqual(['running', 'up\n']);
  hook.resolve();
  await stopped;
  expect([container.program.state, container.program.output]).toEqual(['stopped', 'up\ntold to end\n']);
});

const whenAborted = (signal: AbortSignal) =>
  new Promise((resolve) => signal.addEventListener('abort', resolve));

test('who is in a hurry does not wait for the hook', async () => {
  const container = await running({ preStop: whenAborted });
  const hurry = new AbortController();
  const stopped = container.stop(hurry.signal);
  hurry.abort();
  await stopped;
  expect(container.program.output).toBe('up\ntold to end\n');
});

test('a hook ends with the grace period, and the program still gets a moment', async () => {
  const container = await running({ preStop: whenAborted }, 20);
  await container.stop(new AbortController().signal);
  expect(container.program.lastExit).toMatchObject({ code: 0, signal: null });
});

/** A liveness probe that kills at its second failure, and how often it has been asked. */
function livenessProbe(answer: (asked: number) => boolean) {
  const timing = { initialDelay: 0, period: 5, timeout: 1_000, successThreshold: 1, failureThreshold: 2 };
  const probe = { asked: 0, probes: {} as ContainerPlan['probes'] };
  const check = async () => {
    probe.asked += 1;
    return answer(probe.asked);
  };
  probe.probes = { liveness: { timing, check } };
  return probe;
}

test('liveness counts from the first answer on: a slow start is no failure', async () => {
  const slow = livenessProbe((asked) => asked === 20);
  const container = await running({ probes: slow.probes });
  await eventually(
    () => container.program.restarts,
    (restarts) => restarts >= 1,
  );
  // The 20th answer was the first; the two failures that end it come after that.
  expect(slow.asked).toBeGreaterThanOrEqual(22);
  await container.stop(new AbortController().signal);
});

test('a program that never answers is restarted once its time to start is over', async () => {
  const dead = livenessProbe(() => false);
  // A busy machine may need longer than that to start the program at all, which changes nothing.
  const container = started({ probes: dead.probes }, 10_000, 50);
  await eventually(
    () => container.program.restarts,
    (restarts) => restarts >= 1,
  );
  expect(dead.asked).toBeGreaterThanOrEqual(12);
  await container.stop(new AbortController().signal);
});

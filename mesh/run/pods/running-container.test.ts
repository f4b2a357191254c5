import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ContainerPlan } from '#mesh/run/pods/pod-plan.ts';
import { RunningContainer } from '#mesh/run/pods/running-container.ts';
import { LogFile } from '#mesh/run/process/log-file.ts';
import { nodeExecutable } from '#mesh/run/process/node-executable.ts';
import { eventually } from '#mesh/run/testing/eventually.ts';

const program = `process.once('SIGTERM', () => { console.log('told to end'); process.exit(0) });
console.log('up'); setInterval(() => {}, 1000);`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh101-container-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function running(options: Pick<ContainerPlan, 'preStop'>, grace = 10_000): Promise<RunningContainer> {
  const plan: ContainerPlan = {
    ...{ name: 'app', image: 'app', probes: {}, ports: [] },
    command: { command: nodeExecutable, args: ['-e', program], env: {}, cwd: folder },
    ...options,
  };
  const log = new LogFile(join(folder, 'app.log'));
  const container = new RunningContainer({ plan, log, grace, onChange: () => {} });
  container.start();
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

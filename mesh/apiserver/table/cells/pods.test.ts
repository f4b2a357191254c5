import { describe, expect, it } from 'vitest';
import { rowOf } from '#mesh/apiserver/table/testing/row-of.ts';

type Fields = Record<string, unknown>;

const running = { ready: true, started: true, state: { running: {} } };
const waiting = (reason?: string) => ({ ready: false, state: { waiting: reason ? { reason } : {} } });
const ended = (terminated: Fields) => ({ ready: false, state: { terminated } });
const named = (statuses: readonly Fields[], prefix: string) =>
  statuses.map((status, index) => ({ name: `${prefix}${index}`, restartCount: 0, ...status }));

interface Pod {
  readonly phase?: string;
  readonly containers?: readonly Fields[];
  readonly init?: readonly Fields[];
  /** Which of the init containers go on running. */
  readonly sidecars?: readonly number[];
  readonly status?: Fields;
  readonly metadata?: Fields;
}

function podRow({ phase = 'Running', containers = [running], init = [], sidecars = [], ...more }: Pod) {
  const fields = {
    spec: {
      containers: containers.map((_, index) => ({ name: `c${index}` })),
      initContainers: init.map((_, index) => ({
        name: `i${index}`,
        ...(sidecars.includes(index) && { restartPolicy: 'Always' }),
      })),
    },
    status: {
      phase,
      containerStatuses: named(containers, 'c'),
      initContainerStatuses: named(init, 'i'),
      ...more.status,
    },
  };
  const { Ready, Status, Restarts } = rowOf('v1 Pod', fields, more.metadata);
  return `${Ready} ${Status} ${Restarts}`;
}

const done = ended({ exitCode: 0, reason: 'Completed' });
const deleted = { metadata: { deletionTimestamp: '2026-03-01T11:59:00Z' } };
const ago = (seconds: number) => new Date(Date.parse('2026-03-01T12:00:00Z') - seconds * 1000).toISOString();
const restarted = (restartCount: number, seconds: number) => ({
  restartCount,
  lastState: { terminated: { exitCode: 1, finishedAt: ago(seconds) } },
});
const isReady = { conditions: [{ type: 'Ready', status: 'True' }] };

describe('READY, STATUS and RESTARTS', () => {
  it.each<[string, Pod, string]>([
    ['all run', { containers: [running, running] }, '2/2 Running 0'],
    ['one is not ready', { containers: [running, { ...running, ready: false }] }, '1/2 Running 0'],
    ['without statuses', { phase: 'Pending', status: { containerStatuses: undefined } }, '0/1 Pending 0'],
    [
      'the images come',
      { phase: 'Pending', containers: [waiting('ContainerCreating')] },
      '0/1 ContainerCreating 0',
    ],
    ['the image does not', { containers: [running, waiting('ImagePullBackOff')] }, '1/2 ImagePullBackOff 0'],
    ['it waits for nothing', { phase: 'Pending', containers: [waiting()] }, '0/1 Pending 0'],
    [
      'crashes',
      { containers: [{ ...waiting('CrashLoopBackOff'), ...restarted(3, 180) }] },
      '0/1 CrashLoopBackOff 3 (3m ago)',
    ],
    [
      'one that crashed runs',
      { containers: [{ ...running, ...restarted(1, 42) }, running] },
      '2/2 Running 1 (42s ago)',
    ],
    [
      'restarts are summed',
      {
        containers: [
          { ...running, ...restarted(2, 9000) },
          { ...running, ...restarted(1, 60) },
        ],
      },
      '2/2 Running 3 (60s ago)',
    ],
    ['a restart without a time', { containers: [{ ...running, restartCount: 2 }] }, '1/1 Running 2'],
    ['ended well', { phase: 'Succeeded', containers: [done] }, '0/1 Completed 0'],
    [
      'ended badly',
      { phase: 'Failed', containers: [ended({ exitCode: 1, reason: 'Error' })] },
      '0/1 Error 0',
    ],
    ['out of memory', { containers: [ended({ exitCode: 137, reason: 'OOMKilled' })] }, '0/1 OOMKilled 0'],
    ['ended without a reason', { containers: [ended({ exitCode: 3 })] }, '0/1 ExitCode:3 0'],
    ['by a signal', { containers: [ended({ exitCode: 137, signal: 9 })] }, '0/1 Signal:9 0'],
    ['one is through, one runs, ready', { containers: [done, running], status: isReady }, '1/2 Running 0'],
    ['one is through, one runs, not ready', { containers: [done, running] }, '1/2 NotReady 0'],
    ['evicted', { phase: 'Failed', containers: [], status: { reason: 'Evicted' } }, '0/0 Evicted 0'],
    ['being deleted', { ...deleted }, '1/1 Terminating 0'],
    [
      'deleted when it was through',
      { ...deleted, phase: 'Succeeded', containers: [done] },
      '0/1 Completed 0',
    ],
    ['deleted on a lost node', { ...deleted, status: { reason: 'NodeLost' } }, '1/1 Unknown 0'],
    [
      'gated',
      {
        phase: 'Pending',
        containers: [],
        status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
      },
      '0/0 SchedulingGated 0',
    ],
  ])('%s', (_, pod, row) => {
    expect(podRow(pod)).toBe(row);
  });

  it.each<[string, Pod, string]>([
    [
      'the first runs',
      { phase: 'Pending', init: [running, waiting()], containers: [waiting('PodInitializing')] },
      '0/1 Init:0/2 0',
    ],
    [
      'the second waits',
      {
        phase: 'Pending',
        init: [done, waiting('PodInitializing')],
        containers: [waiting('PodInitializing')],
      },
      '0/1 Init:1/2 0',
    ],
    [
      'it crashes',
      {
        phase: 'Pending',
        init: [{ ...waiting('CrashLoopBackOff'), ...restarted(4, 60) }],
        containers: [waiting('PodInitializing')],
      },
      '0/1 Init:CrashLoopBackOff 4 (60s ago)',
    ],
    [
      'it failed',
      { phase: 'Pending', init: [ended({ exitCode: 1, reason: 'Error' })], containers: [waiting()] },
      '0/1 Init:Error 0',
    ],
    [
      'it failed without a reason',
      { phase: 'Pending', init: [ended({ exitCode: 2 })], containers: [waiting()] },
      '0/1 Init:ExitCode:2 0',
    ],
    [
      'it was killed',
      { phase: 'Pending', init: [ended({ exitCode: 137, signal: 9 })], containers: [waiting()] },
      '0/1 Init:Signal:9 0',
    ],
    ['all are through', { init: [{ ...done, ...restarted(2, 60) }] }, '1/1 Running 0'],
    ['a sidecar runs', { init: [running], sidecars: [0] }, '2/2 Running 0'],
    ['a sidecar is not ready', { init: [{ ...running, ready: false }], sidecars: [0] }, '1/2 Running 0'],
    [
      'a sidecar starts',
      {
        phase: 'Pending',
        init: [{ ...waiting(), started: false }],
        sidecars: [0],
        containers: [waiting('PodInitializing')],
      },
      '0/2 Init:0/1 0',
    ],
    [
      "a sidecar's restarts count",
      { init: [{ ...running, ...restarted(2, 60) }], sidecars: [0] },
      '2/2 Running 2 (60s ago)',
    ],
    [
      'a sidecar crashes later',
      {
        init: [{ ...waiting('CrashLoopBackOff'), started: false, ...restarted(5, 60) }],
        sidecars: [0],
        status: { conditions: [{ type: 'Initialized', status: 'True' }] },
      },
      '1/2 Init:CrashLoopBackOff 5 (60s ago)',
    ],
  ])('init containers: %s', (_, pod, row) => {
    expect(podRow(pod)).toBe(row);
  });
});

it('-o wide', () => {
  expect(rowOf('v1 Pod')).toMatchObject({
    IP: '<none>',
    Node: '<none>',
    'Nominated Node': '<none>',
    'Readiness Gates': '<none>',
  });
  const gates = ['a', 'b', 'c'].map((conditionType) => ({ conditionType }));
  const conditions = [
    { type: 'a', status: 'True' },
    { type: 'b', status: 'False' },
  ];
  const fields = {
    spec: { nodeName: 'laptop', readinessGates: gates },
    status: { podIP: '127.0.0.2', podIPs: [{ ip: '127.0.0.2' }], nominatedNodeName: 'other', conditions },
  };
  expect(rowOf('v1 Pod', fields)).toMatchObject({
    IP: '127.0.0.2',
    Node: 'laptop',
    'Nominated Node': 'other',
    'Readiness Gates': '1/3',
  });
});

import { setTimeout as pause } from 'node:timers/promises';
import { hasErrors } from '#mesh/diagnostic.ts';
import { Disturbances } from '#test/bench/disturbances.ts';
import { residentMegabytes } from '#test/bench/process-use.ts';
import { applyRequest, other, type Version } from '#test/bench/route-change.ts';
import { Processes } from '#test/kills/processes.ts';
import type { OwnMesh } from '#test/own-mesh.ts';
import { SteadyLoad } from '#test/rollout/steady-load.ts';
import type { Phase } from '#test/rollout/tally.ts';
import { type Flatness, flatness } from '#test/soak/flatness.ts';

export interface SoakOptions {
  readonly mesh: OwnMesh;
  readonly milliseconds: number;
  readonly progress: (text: string) => void;
}

export interface SoakResult {
  readonly phases: readonly Phase[];
  readonly memory: readonly Flatness[];
  readonly changes: Readonly<Record<'routes' | 'scalings' | 'restarts' | 'refused', number>>;
}

const CONNECTIONS = 2;
const SAMPLE = 2_000;
/** A change each time, of four kinds in turn. */
const CHANGE = 5_000;

type Watched = readonly {
  readonly name: string;
  readonly judged: boolean;
  readonly pid: () => number | undefined;
}[];

/** Requests, changes and readings of memory for as long as it is told. */
export async function soak({ mesh, milliseconds, progress }: SoakOptions): Promise<SoakResult> {
  const watched = watchedIn(new Processes(mesh.env['MESH_HOME'] ?? ''));
  const readings = new Map<string, number[]>(watched.map(({ name }) => [name, []]));
  const disturbances = new Disturbances(mesh);
  const load = new SteadyLoad({ url: mesh.gatewayUrl, connections: CONNECTIONS });
  const end = Date.now() + milliseconds;
  let phases: readonly Phase[] = [];
  let routes = 0;
  const changes = async () => {
    let version: Version = 'prod';
    for (let count = 0; Date.now() < end; count += 1) {
      load.phase = PHASES[count % PHASES.length] ?? '';
      if (load.phase === 'routes') {
        version = other(version);
        const { diagnostics } = await mesh.client.apply(applyRequest(version));
        if (hasErrors(diagnostics)) throw new Error(`a route was refused: ${JSON.stringify(diagnostics)}`);
        routes += 1;
      } else if (load.phase === 'scaling') await disturbances.scale();
      else if (load.phase === 'restart') await disturbances.restart();
      else await disturbances.mistake();
      await pause(CHANGE);
    }
  };
  const samples = async () => {
    for (let minute = 0; Date.now() < end; ) {
      for (const { name, pid } of watched) read(readings.get(name), pid());
      await pause(SAMPLE);
      const passed = Math.floor((milliseconds - (end - Date.now())) / 60_000);
      if (passed > minute) progress(`${passed} min`);
      minute = Math.max(minute, passed);
    }
  };
  try {
    await Promise.all([changes(), samples()]);
  } finally {
    phases = await load.stop();
  }
  const memory = watched.map(({ name, judged }) =>
    flatness({ name, judged, readings: readings.get(name) ?? [] }),
  );
  const { scalings, restarts, refused } = disturbances;
  return { phases, memory, changes: { routes, scalings, restarts, refused } };
}

const PHASES = ['routes', 'mistake', 'scaling', 'restart'];

/** A process that is being started anew has no memory to read. */
function read(readings: number[] | undefined, pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    readings?.push(residentMegabytes(pid));
  } catch {
    // It ended between two looks.
  }
}

function watchedIn(processes: Processes): Watched {
  const pods = ['frontend-prod', 'middleware-prod', 'backend-prod', 'middleware-canary'];
  return [
    { name: 'the runner', judged: true, pid: () => processes.runner },
    { name: 'the trace collector', judged: false, pid: () => processes.collector },
    { name: "the gateway's Envoy", judged: true, pid: () => processes.envoy('istio-ingressgateway') },
    ...pods.flatMap((pod) => [
      { name: pod, judged: !isRestarted(pod), pid: () => processes.program(pod) },
      { name: `${pod}'s Envoy`, judged: !isRestarted(pod), pid: () => processes.envoy(pod) },
    ]),
  ];
}

/** The canary is restarted again and again; of the frontend, the pod that stays is the one that is read. */
function isRestarted(pod: string): boolean {
  return pod === 'middleware-canary';
}

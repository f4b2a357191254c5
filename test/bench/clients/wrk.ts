import type { Client, ClientRun } from '#test/bench/clients/client.ts';
import { timedProcess } from '#test/bench/clients/timed-process.ts';
import { program } from '#test/components/component.ts';

/** Wrk of WRK or PATH, on one thread; undefined where there is none. It knows no rate. */
export function wrk(): Client | undefined {
  const command = program('wrk', 'WRK');
  if (command === undefined) return undefined;
  return async ({ url, connections, seconds }) => {
    const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--latency', url];
    const { stdout, cpuSeconds } = await timedProcess(command, args);
    return { ...readWrkReport(stdout), cpuSeconds };
  };
}

const SECONDS = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 } as const;

/** Reads what `wrk --latency` prints; throws when it tells of errors. */
export function readWrkReport(text: string): Omit<ClientRun, 'cpuSeconds'> {
  const errors = /^\s*(Socket errors|Non-2xx or 3xx responses): .*/m.exec(text)?.[0].trim();
  if (errors) throw new Error(`wrk: ${errors}`);
  const [, requests, time = ''] = /^ *(\d+) requests in ([\d.]+\w+),/m.exec(text) ?? [];
  if (requests === undefined || requests === '0') throw new Error(`wrk has sent nothing: ${text}`);
  const latencies = [...text.matchAll(/^ *(\d+)% +([\d.]+\w+) *$/gm)];
  return {
    requests: Number(requests),
    seconds: secondsOf(time),
    percentiles: Object.fromEntries(
      latencies.map(([, percent, value = '']) => [Number(percent), secondsOf(value) * 1000]),
    ),
  };
}

/** `636.00us`, `2.10s` */
function secondsOf(text: string): number {
  const [, value, unit] = /^([\d.]+)(us|ms|s|m|h)$/.exec(text) ?? [];
  if (value === undefined || unit === undefined) throw new Error(`wrk: ${text} is no time`);
  return Number(value) * SECONDS[unit as keyof typeof SECONDS];
}

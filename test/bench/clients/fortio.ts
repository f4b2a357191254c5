import { type Client, PERCENTILES } from '#test/bench/clients/client.ts';
import { readFortioReport } from '#test/bench/clients/fortio-report.ts';
import { timedProcess } from '#test/bench/clients/timed-process.ts';
import { program } from '#test/components/component.ts';

/** Fortio of FORTIO or PATH; undefined where there is none. */
export function fortio(): Client | undefined {
  const command = program('fortio', 'FORTIO');
  if (command === undefined) return undefined;
  return async ({ url, connections, seconds, rate = 0, resolution = 1e-3 }) => {
    const { stdout, cpuSeconds } = await timedProcess(command, [
      'load',
      // Its connections begin one after the other, as load's do; otherwise all of them ask at the same moment.
      '-uniform',
      ...['-c', String(connections), '-t', `${seconds}s`, '-qps', String(rate), '-r', String(resolution)],
      ...['-p', PERCENTILES.join(), '-json', '-', '-loglevel', 'Critical'],
      url,
    ]);
    return { ...readFortioReport(stdout), cpuSeconds };
  };
}

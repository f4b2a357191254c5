import { join } from 'node:path';
import process from 'node:process';
import { compileCache } from '#mesh/kubelet/process/node-executable.ts';
import { type Client, PERCENTILES } from '#test/bench/clients/client.ts';
import { readFortioReport } from '#test/bench/clients/fortio-report.ts';
import { timedProcess } from '#test/bench/clients/timed-process.ts';

const PROGRAM = join(import.meta.dirname, '../../../services/load/main.ts');
/** Requests go where they are sent, not through the proxy of whoever runs the benchmark. */
const ENVIRONMENT = { NODE_COMPILE_CACHE: compileCache, NO_PROXY: '*', no_proxy: '*' };

/** The project's own, as its pod runs it. */
export const load: Client = async ({ url, connections, seconds, rate = 0 }) => {
  const { stdout, cpuSeconds } = await timedProcess(
    process.execPath,
    [
      PROGRAM,
      ...['-c', String(connections), '-t', `${seconds}s`, '-qps', String(rate)],
      ...['-p', PERCENTILES.join(), '-o', 'json'],
      url,
    ],
    ENVIRONMENT,
  );
  return { ...readFortioReport(stdout), cpuSeconds };
};

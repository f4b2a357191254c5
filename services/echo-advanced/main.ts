import { once } from 'node:events';
import process from 'node:process';
import { parsePortMap } from '#platform/port-map.ts';
import { startEchoAdvanced } from '#services/echo-advanced/server.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
const { env, argv, stdout, stderr } = process;
const flags = argv.slice(2);
const running = await startEchoAdvanced({
  // As the original does where nobody names a port.
  args: flags.length > 0 ? flags : ['--port', env['PORT'] ?? '8080'],
  hostname: env['HOSTNAME'] ?? '',
  ports: env['PORT_MAP'] ? parsePortMap(env['PORT_MAP']) : undefined,
  log: (text) => stdout.write(`${text}\n`),
}).catch((error: Error) => {
  stderr.write(`echo-advanced cannot start: ${error.message}\n`);
  process.exit(1);
});
if (!stop.signal.aborted) await once(stop.signal, 'abort');
running.close();
process.exit(0);

import { once } from 'node:events';
import process from 'node:process';
import { EXIT_CONFIG, formatMistakes, readEnvironment } from '#platform/environment.ts';
import { echoVariables } from '#services/echo-basic/config.ts';
import { startEchoBasic } from '#services/echo-basic/service.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
const environment = readEnvironment(echoVariables, process.env);
if (!environment.ok) {
  process.stderr.write(formatMistakes('echo-basic', environment.mistakes));
  process.exit(EXIT_CONFIG);
}
const log = (text: string) => process.stdout.write(`${text}\n`);
const running = await startEchoBasic(environment.config, log).catch((error: Error) => {
  process.stderr.write(`echo-basic cannot start: ${error.message}\n`);
  process.exit(1);
});
if (!stop.signal.aborted) await once(stop.signal, 'abort');
running.close();
process.exit(0);

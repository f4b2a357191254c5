import process from 'node:process';
import { createCollectorServer } from '#mesh/traces/server/collector-server.ts';
import { TraceStore } from '#mesh/traces/store/trace-store.ts';

/** What the runner passes in the variable TRACE_COLLECTOR. */
export interface CollectorConfiguration {
  /** Each of them speaks everything. */
  readonly ports: readonly number[];
}

const { ports } = JSON.parse(process.env['TRACE_COLLECTOR'] ?? '{"ports":[]}') as CollectorConfiguration;
const store = new TraceStore();

for (const port of ports) {
  const server = createCollectorServer({ store, onBug: (error) => log(String((error as Error).stack)) });
  server.on('error', (error) => log(`port ${port}: ${error.message}`));
  server.listen(port, '127.0.0.1');
}

process.once('SIGTERM', () => process.exit(0));

function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
}

import process from 'node:process';
import { outliveErrors, textOf } from '#mesh/serve/http-server.ts';
import { createProcessLog } from '#mesh/serve/process-log.ts';
import { createCollectorServer } from '#mesh/telemetry/traces/server/collector-server.ts';
import { TraceStore } from '#mesh/telemetry/traces/store/trace-store.ts';
import { giveBackMemory } from '#platform/memory/give-back-memory.ts';

/** The settings that the runner passes in the variable TRACE_COLLECTOR. */
export interface CollectorConfiguration {
  /** Each of them speaks everything. */
  readonly ports: readonly number[];
}

const { ports } = JSON.parse(process.env['TRACE_COLLECTOR'] ?? '{"ports":[]}') as CollectorConfiguration;
const store = new TraceStore();
const log = createProcessLog();
const goesOn = 'the collector goes on with the traces that it has';

outliveErrors({ log, goesOn });
giveBackMemory();

for (const port of ports) {
  const server = createCollectorServer({ store, onBug: (error) => log(`port ${port}: ${textOf(error)}`) });
  server.listen(port, '127.0.0.1');
}

process.once('SIGTERM', () => process.exit(0));

import type { OpenMetricsContentType, Registry } from 'prom-client';
import { type Count, tracedCounter } from '#platform/exemplar.ts';
import type { TraceReference } from '#platform/tracing/trace-reference.ts';
import type { UpstreamCall } from '#services/chain/hop.ts';

/** The chain's own metrics, in addition to those of every service. */
export interface ChainCounts {
  readonly faults: Count<'kind'>;
  readonly fibonacci: Count<'n'>;
  upstream(call: UpstreamCall, trace: TraceReference | undefined): void;
}

/** Counters in the service's registry. */
export function chainCounts(registry: Registry<OpenMetricsContentType>): ChainCounts {
  const upstreams = tracedCounter({
    registry,
    name: 'chain_upstream_outcomes_total',
    help: 'Calls to the next hop, by its address and their outcome',
    labelNames: ['hop', 'outcome'],
  });
  return {
    faults: tracedCounter({
      registry,
      name: 'chain_faults_injected_total',
      help: 'Faults injected on purpose, by kind',
      labelNames: ['kind'],
    }),
    fibonacci: tracedCounter({
      registry,
      name: 'chain_fibonacci_computations_total',
      help: 'Fibonacci numbers computed (TRACING=full), by number',
      labelNames: ['n'],
    }),
    upstream: (call, trace) => upstreams({ hop: hopOf(call), outcome: outcomeOf(call) }, trace),
  };
}

/** The host as the mesh knows it, without path and query, which clients invent. */
function hopOf({ uri }: UpstreamCall): string {
  const start = uri.indexOf('//') + 2;
  const end = uri.indexOf('/', start);
  return uri.slice(start, end === -1 ? undefined : end);
}

function outcomeOf({ status, error }: UpstreamCall): string {
  if (error !== undefined) return status === 504 ? 'timeout' : 'no_answer';
  if (status >= 500) return 'server_error';
  if (status >= 400) return 'client_error';
  return status >= 300 ? 'redirect' : 'ok';
}

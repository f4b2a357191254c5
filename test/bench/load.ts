import process from 'node:process';
import autocannon from 'autocannon';

/** Autocannon in a process of its own, so that neither side's garbage is collected on the other's time. */
const { url, connections, seconds } = JSON.parse(process.argv[2] ?? '') as {
  url: string;
  connections: number;
  seconds: number;
};
const result = await autocannon({ url, connections, duration: seconds });
process.stdout.write(
  JSON.stringify({
    requests: result['2xx'],
    seconds: result.duration,
    failures: result.non2xx + result.errors + result.timeouts,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }),
);

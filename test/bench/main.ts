import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { endWithReader } from '#platform/process.ts';
import { apiserver } from '#test/bench/apiserver.ts';
import { apply } from '#test/bench/apply.ts';
import type { Benchmark, BenchResult } from '#test/bench/benchmark.ts';
import { bookinfo } from '#test/bench/bookinfo.ts';
import { chain } from '#test/bench/chain.ts';
import { explainedTests } from '#test/bench/explain-tests.ts';
import { httpbin } from '#test/bench/httpbin.ts';
import { loadTool } from '#test/bench/load-tool.ts';
import { machine } from '#test/bench/machine.ts';
import { memory } from '#test/bench/memory.ts';
import { peers } from '#test/bench/peers.ts';
import { formatResult, progressOn } from '#test/bench/report.ts';
import { scale } from '#test/bench/scale.ts';
import { sidecars } from '#test/bench/sidecars.ts';
import { standIns } from '#test/bench/stand-ins.ts';
import { tcpEcho } from '#test/bench/tcp-echo.ts';
import { tracing } from '#test/bench/tracing.ts';
import { up } from '#test/bench/up.ts';

const BENCHMARKS: readonly Benchmark[] = [
  ...[chain, tracing, memory],
  ...[bookinfo, httpbin, peers, tcpEcho, sidecars],
  ...[up, standIns, apply, apiserver, scale, explainedTests, loadTool],
];
const USAGE = `usage: bench [-o json] [${BENCHMARKS.map(({ name }) => name).join('|')} …]\n`;

endWithReader();
process.exitCode = await main();

/** `make bench`: runs the named benchmarks, or all. A missed aim is a result; only what does not work fails. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { output: { type: 'string', short: 'o', default: 'text' } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
  if (unknown.length > 0 || !['text', 'json'].includes(values.output)) {
    process.stderr.write(`${unknown.map((name) => `no benchmark is called ${name}\n`).join('')}${USAGE}`);
    return 2;
  }
  const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const asText = values.output === 'text';
  if (asText) process.stdout.write(`${machine()}\n\n`);
  const results: Record<string, BenchResult> = {};
  for (const benchmark of chosen) {
    const result = await runOne(benchmark);
    results[benchmark.name] = result;
    if (asText) process.stdout.write(`${formatResult(benchmark, result)}\n`);
  }
  if (!asText) process.stdout.write(`${JSON.stringify({ machine: machine(), results }, null, 2)}\n`);
  return 0;
}

async function runOne(benchmark: Benchmark): Promise<BenchResult> {
  const { show, end } = progressOn(process.stderr);
  const folder = await mkdtemp(join(tmpdir(), 'mesh101-bench-'));
  try {
    return await benchmark.run({ progress: (text) => show(`${benchmark.name}: ${text}`), folder });
  } finally {
    end();
    await rm(folder, { recursive: true, force: true });
  }
}

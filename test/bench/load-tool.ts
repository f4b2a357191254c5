import type { Benchmark } from '#test/bench/benchmark.ts';
import { loadCeiling } from '#test/bench/load-ceiling.ts';
import { loadPercentiles } from '#test/bench/load-percentiles.ts';

/** Whether the tool that measures can be believed, and how much of the machine it leaves to what is measured. */
export const loadTool: Benchmark = {
  name: 'load',
  title: 'the tool for loads by itself: its ceiling beside wrk, its latencies beside fortio',
  async run(session) {
    const parts = [await loadCeiling(session), await loadPercentiles(session)];
    return {
      tables: parts.flatMap(({ tables }) => tables),
      aims: parts.flatMap(({ aims }) => aims),
      notes: parts.flatMap(({ notes = [] }) => notes),
    };
  },
};

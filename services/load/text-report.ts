import type { Plan } from '#services/load/plan.ts';
import type { Result } from '#services/load/result.ts';

/** The lines before a run. */
export function announcement({ url, connections, requests, duration, qps }: Plan): string {
  const rate = qps > 0 ? `at ${qps} queries per second` : 'at max qps';
  const each = `${Math.floor(requests / connections)} per connection + ${requests % connections}`;
  const until =
    requests > 0
      ? `exactly ${requests} calls (${each})`
      : duration > 0
        ? `${duration / 1000}s`
        : 'as long as nobody stops it';
  return `Starting ${rate} with ${connections} connection(s) for ${until}: ${url.href}\n`;
}

/** The result of a run, in the form that fortio's users know; times are in seconds. */
export function textReport(result: Result, { connections, percentiles }: Plan): string {
  const { count, average, deviation, min, max, sum, elapsed, qps } = result;
  if (count === 0) return 'No request was sent.\n';
  const lines = [
    `Ended after ${seconds(elapsed)}s : ${count} calls. qps=${digits(qps, 5)}`,
    `Aggregated Function Time : count ${count} avg ${seconds(average)} +/- ${digits(deviation, 4)} min ${seconds(min)} max ${seconds(max)} sum ${seconds(sum)}`,
    '# range, mid point, percentile, count',
    ...rangeLines(result),
    ...percentiles.map((percent) => `# target ${percent}% ${digits(result.percentile(percent), 6)}`),
    `Sockets used: ${result.sockets} (for perfect keepalive, would be ${connections})`,
    ...codeLines(result),
    `Response Header Sizes : count ${count} avg ${digits(result.headerBytes / count, 6)} sum ${result.headerBytes}`,
    `Response Body Sizes : count ${count} avg ${digits(result.bodyBytes / count, 6)} sum ${result.bodyBytes}`,
    `All done ${count} calls ${(average * 1000).toFixed(3)} ms avg, ${qps.toFixed(1)} qps`,
  ];
  return `${lines.join('\n')}\n`;
}

function rangeLines({ ranges, count: all }: Result): string[] {
  let before = 0;
  return ranges.map(({ start, end, count }, index) => {
    before += count;
    const middle = digits((start + end) / 2, 6);
    const percent = ((100 * before) / all).toFixed(2);
    return `${index === 0 ? '>=' : '>'} ${digits(start, 6)} <= ${digits(end, 6)} , ${middle} , ${percent}, ${count}`;
  });
}

/** `Code 200 : 18 (90.0 %)` */
function codeLines({ codes, count: all }: Result): string[] {
  return [...codes]
    .sort(([a], [b]) => a - b)
    .map(([code, count]) => `Code ${code} : ${count} (${((100 * count) / all).toFixed(1)} %)`);
}

/** Says why requests had no answer. */
export function failureLine(reason: string, count: number): string {
  return `${count} without an answer (Code -1): ${reason}\n`;
}

function seconds(value: number): string {
  return String(Number(value.toFixed(9)));
}

function digits(value: number, precision: number): string {
  return String(Number(value.toPrecision(precision)));
}

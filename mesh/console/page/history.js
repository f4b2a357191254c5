// What the arrows have counted in the last minutes, for the charts.

/** As many seconds as are kept. */
export const LENGTH = 300;

/** Of each arrow, oldest first: what it counted, and when, in seconds. */
const kept = new Map();

/** Keeps what has just come. */
export function remember({ at: milliseconds, edges }) {
  const at = milliseconds / 1000;
  for (const edge of edges) {
    const samples = kept.get(edge.id) ?? [];
    kept.set(edge.id, samples);
    if (samples.at(-1)?.at >= at) continue;
    const { rate, errors, connections, times, codes, sentBytes, receivedBytes } = edge;
    samples.push({ at, rate, failed: rate * errors, connections, times, codes, sentBytes, receivedBytes });
  }
  for (const [id, samples] of kept) {
    while (samples[0]?.at < at - LENGTH) samples.shift();
    if (samples.length === 0) kept.delete(id);
  }
}

/** What several arrows counted together, look by look: pairs of a time in seconds and samples. */
export function looksAt(edges) {
  const looks = new Map();
  for (const { id } of edges)
    for (const sample of kept.get(id) ?? []) {
      const known = looks.get(sample.at);
      if (known) known.push(sample);
      else looks.set(sample.at, [sample]);
    }
  return [...looks].sort(([a], [b]) => a - b);
}

/** A measure of several arrows at one look; null where there is nothing to say. */
export const MEASURES = {
  requests: (samples) => total(samples, 'rate'),
  /** Requests, and connections where no requests are seen. */
  volume: (samples) => total(samples, 'rate') || total(samples, 'connections'),
  failed: (samples) => total(samples, 'failed'),
  /** Percent that did not end with 5xx or without an answer. */
  success: (samples) => {
    const all = total(samples, 'rate');
    return all > 0 ? 100 * (1 - total(samples, 'failed') / all) : null;
  },
  sent: (samples) => total(samples, 'sentBytes'),
  received: (samples) => total(samples, 'receivedBytes'),
};

function total(samples, field) {
  return samples.reduce((sum, one) => sum + one[field], 0);
}

/** The measure of how many requests were answered with a status. */
export function withStatus(code) {
  return (samples) => samples.reduce((sum, { codes }) => sum + (codes[code] ?? 0), 0);
}

/** The measure of how long a part of the requests takes at most, in milliseconds. */
export function quantileOf(share) {
  return (samples) =>
    quantile(
      share,
      samples.flatMap(({ times }) => times),
    );
}

/** A quantile of a histogram, by linear interpolation in its parts, as Prometheus does it. */
export function quantile(share, times) {
  const parts = new Map();
  for (const [low, high, count] of times) {
    const part = parts.get(low) ?? { low, high, count: 0 };
    part.count += count;
    parts.set(low, part);
  }
  const all = [...parts.values()].sort((a, b) => a.low - b.low);
  const wanted = share * all.reduce((sum, { count }) => sum + count, 0);
  let before = 0;
  for (const { low, high, count } of all) {
    if (before + count >= wanted)
      return high === null ? low : low + ((wanted - before) / count) * (high - low);
    before += count;
  }
  return null;
}

/** Columns for a chart: times, then each measure of its own arrows. */
export function columnsOf(lines) {
  const looks = lines.map(({ edges }) => looksAt(edges));
  const times = [...new Set(looks.flat().map(([at]) => at))].sort((a, b) => a - b);
  const columns = lines.map(({ measure }, index) => {
    const values = new Map(looks[index].map(([at, samples]) => [at, measure(samples)]));
    return times.map((at) => values.get(at) ?? null);
  });
  return [times, ...columns];
}

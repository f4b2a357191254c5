/** One line of Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export interface Sample {
  /** With the ending of histograms: `…_bucket`, `…_sum`, `…_count`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of a text; comments and lines that are none are left out. */
export function parseSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const match = SAMPLE.exec(line);
    if (!match) return [];
    const [, name = '', labels = '', value = ''] = match;
    return [{ name, labels: parseLabels(labels), value: Number(value.replace('Inf', 'Infinity')) }];
  });
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, unescaped(value)]),
  );
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function escaped(value: string): string {
  return value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
}

export interface Exposition {
  readonly text: string;
  /** Added to every sample that has no label of that name. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Several texts as one: the lines of a metric stand together, after one `# TYPE`, as the format demands. */
export function mergeExpositions(expositions: readonly Exposition[]): string {
  const families = new Map<string, string[]>();
  for (const { text, labels } of expositions) {
    let family = '';
    for (const line of text.split('\n')) {
      const named = /^# (?:TYPE|HELP) (\S+)/.exec(line)?.[1];
      if (named !== undefined) family = named;
      const sample = SAMPLE.exec(line);
      // A sample without a heading is a separate family.
      const key = sample?.[1] && !sample[1].startsWith(family || '\0') ? sample[1] : family;
      if (!sample && named === undefined) continue;
      const lines = families.get(key) ?? [];
      const text = sample ? labelled(line, labels) : line;
      if (sample || !lines.includes(text)) lines.push(text);
      families.set(key, lines);
    }
  }
  return [...families.values()]
    .flat()
    .map((line) => `${line}\n`)
    .join('');
}

function labelled(line: string, labels: Readonly<Record<string, string>>): string {
  const [, name = '', own = ''] = SAMPLE.exec(line) ?? [];
  const rest = line.slice(own || line.startsWith(`${name}{`) ? line.lastIndexOf('}') + 1 : name.length);
  const present = parseLabels(own);
  const added = Object.entries(labels).flatMap(([key, value]) =>
    Object.hasOwn(present, key) ? [] : [`${key}="${escaped(value)}"`],
  );
  const all = [own.replace(/,$/, ''), ...added].filter(Boolean).join(',');
  return `${name}${all ? `{${all}}` : ''}${rest}`;
}

/** One line of an Envoy's statistics in Prometheus' format, as the console reads them: every second, and mostly the same again. */
export interface Series {
  /** Without Envoy's own prefix. */
  readonly name: string;
  /** `unknown` where Envoy has nothing to say. */
  readonly labels: ReadonlyMap<string, string>;
}

const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The names and labels of lines that were seen before: reading them again costs one look-up. */
export class SeriesReader {
  readonly #known = new Map<string, Series>();

  /** The lines of a text, each with its value. */
  read(text: string): Map<Series, number> {
    const values = new Map<Series, number>();
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const end = line.lastIndexOf(' ');
      values.set(this.#series(line.slice(0, end)), Number(line.slice(end + 1)));
    }
    return values;
  }

  #series(head: string): Series {
    const known = this.#known.get(head);
    if (known) return known;
    // Callers that invent names must not fill the memory.
    if (this.#known.size >= mostSeries) this.#known.clear();
    const series = parse(head);
    this.#known.set(head, series);
    return series;
  }
}

const mostSeries = 200_000;

function parse(head: string): Series {
  const open = head.indexOf('{');
  const name = (open < 0 ? head : head.slice(0, open)).replace(/^envoy_/, '');
  const labels = [...head.slice(open < 0 ? head.length : open).matchAll(LABEL)];
  return {
    name,
    labels: new Map(
      labels.map(([, label = '', value = '']) => [
        label,
        value === '' ? 'unknown' : value.replace(/\\(.)/g, '$1'),
      ]),
    ),
  };
}

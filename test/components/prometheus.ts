import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Component, missing, program } from '#test/components/component.ts';
import { startServer } from '#test/components/server-process.ts';
import { freePorts } from '#test/free-ports.ts';

const command = program('prometheus', 'PROMETHEUS');

export const prometheus: Component = {
  name: 'Prometheus',
  isThere: command !== undefined,
  fix: 'install it (Debian, Ubuntu: apt install prometheus; macOS: brew install prometheus), or name the program in PROMETHEUS',
};

/** One series of an answer, with its value now. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  /** Carries out a PromQL expression; throws with Prometheus' words when it cannot be read. */
  query(expression: string): Promise<readonly Series[]>;
  /** The exemplars of the series, as labels. */
  exemplars(expression: string): Promise<readonly Readonly<Record<string, string>>[]>;
  close(): Promise<void>;
}

/** A real Prometheus with this prometheus.yml. */
export async function startPrometheus(configuration: string): Promise<Prometheus> {
  if (command === undefined) throw missing(prometheus);
  const home = await mkdtemp(join(tmpdir(), 'mesh101-prometheus-'));
  const [port] = await freePorts(1);
  const file = join(home, 'prometheus.yml');
  await writeFile(file, configuration);
  const url = `http://127.0.0.1:${port}`;
  const close = await startServer({
    command,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(home, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
    ],
    readyUrl: `${url}/-/ready`,
  });
  return {
    query: async (expression) => seriesOf(await ask(url, 'query', expression)),
    exemplars: async (expression) => exemplarsOf(await ask(url, 'query_exemplars', expression)),
    async close() {
      await close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
async function ask(url: string, question: string, query: string): Promise<unknown> {
  const now = Date.now() / 1_000;
  const range = question === 'query' ? {} : { start: String(now - 3_600), end: String(now) };
  const response = await fetch(`${url}/api/v1/${question}?${new URLSearchParams({ query, ...range })}`);
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data: unknown;
  };
  if (status !== 'success') throw new Error(`${error}: ${query}`);
  return data;
}

function seriesOf(data: unknown): Series[] {
  const { result } = data as { result: { metric: Record<string, string>; value: [number, string] }[] };
  return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
}

function exemplarsOf(data: unknown): Readonly<Record<string, string>>[] {
  const found = data as { exemplars: { labels: Record<string, string> }[] }[];
  return found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
}

import { FIGURES } from '#test/scale/figures.ts';
import { gatewayCapacity, podCapacity, type Sizing, size } from '#test/scale/sizing.ts';

const RATES = [1_000, 100_000, 1_000_000];

/** The tables of docs/scale.md, by the name that the document's marks give them. */
export const TABLES: Readonly<Record<string, () => string>> = { figures, capacities, sizes };

/** The document with the tables between its marks written anew. */
export function withTables(document: string): string {
  return document.replaceAll(
    /(<!-- (\w+): written by test\/scale\/tables\.ts -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}\n${TABLES[name]?.() ?? ''}\n${end}`,
  );
}

function figures(): string {
  const rows = Object.values(FIGURES).map(({ value, unit, source }) => [number(value), unit, source]);
  return markdown(['', 'figure', 'where it is from'], rows);
}

function capacities(): string {
  return markdown(
    ['one pod of', 'requests/s'],
    [
      ['a service, with its sidecar', number(podCapacity(FIGURES))],
      ['the gateway', number(gatewayCapacity(FIGURES))],
    ],
  );
}

const LINES: readonly (readonly [string, (sizing: Sizing) => number])[] = [
  ['pods of the chain, each with a sidecar', ({ pods }) => pods],
  ['gateway pods', ({ gateways }) => gateways],
  ['cores for the services', ({ serviceCores }) => serviceCores],
  ['cores for the sidecars', ({ sidecarCores }) => sidecarCores],
  ["… by Istio's figure", ({ istioSidecarCores }) => istioSidecarCores],
  ['cores for the gateways', ({ gatewayCores }) => gatewayCores],
  ['cores in all', ({ cores }) => cores],
  ['memory, GB', ({ memoryGigabytes }) => memoryGigabytes],
  ['nodes with 8 cores', ({ nodes }) => nodes],
  ['istiod pods', ({ istiods }) => istiods],
  ['log lines, GB/h', ({ logGigabytesPerHour }) => logGigabytesPerHour],
  ['time series', ({ series }) => series],
  ['spans/s', ({ spansPerSecond }) => spansPerSecond],
];

function sizes(): string {
  const sizings = RATES.map((rate) => size(rate, FIGURES));
  const head = ['', ...RATES.map((rate) => `${number(rate)} requests/s`)];
  return markdown(
    head,
    LINES.map(([name, pick]) => [name, ...sizings.map((sizing) => number(pick(sizing)))]),
  );
}

/** Two significant digits would do for what is extrapolated; whole numbers are easier to follow. */
function number(value: number): string {
  const digits = value < 10 && !Number.isInteger(value) ? 2 : 0;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = head.map((_, column) =>
    column === 0 && head[0] === '' && head.length === 3 ? '---:' : '---',
  );
  return [line(head), line(rule), ...rows.map(line)].join('');
}

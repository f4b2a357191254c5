import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Dashboard, expressionsOf, type Panel } from '#test/metrics/dashboard.ts';

/** Grafana's grid has so many columns. */
const COLUMNS = 24;
const VARIABLES = ['$datasource', '$namespace', '$__rate_interval', '$__range'];

describe.each(globSync('k8s/monitoring/*.json'))('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  const dashboard: Dashboard = JSON.parse(text);

  it('is named after its file, so that a second import replaces the first', () => {
    expect(file).toBe(`k8s/monitoring/${dashboard.uid}.json`);
  });

  it('has panels that do not overlap', () => {
    const cells = dashboard.panels.flatMap(cellsOf);
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    for (const { gridPos } of dashboard.panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(COLUMNS);
  });

  it('uses no variable that it does not have', () => {
    const own = dashboard.templating.list.map(({ name }) => `$${name}`);
    const used = text.replaceAll('${', '$').match(/\$[a-z_]+(?!_?all)\b/gi) ?? [];
    expect(VARIABLES).toEqual(expect.arrayContaining(own));
    expect([...new Set(used)].filter((name) => !VARIABLES.includes(name) && name !== '$__all')).toEqual([]);
    expect(expressionsOf(dashboard).filter(({ expression }) => expression.includes('$'))).toEqual([]);
  });
});

function cellsOf({ gridPos: { x, y, w, h } }: Panel): string[] {
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`);
}

import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { expectGoldenText } from '#test/golden.ts';
import { ROOT } from '#test/own-mesh.ts';
import { svg } from '#test/screenshots/drawing.ts';
import { DRAWINGS } from '#test/screenshots/drawings.ts';

const deployments = globSync('k8s/*.yaml', { cwd: ROOT })
  .flatMap((file) => parseAllDocuments(readFileSync(join(ROOT, file), 'utf8')))
  .map((document) => document.toJS())
  .filter((object) => object?.kind === 'Deployment')
  .map((object) => object.metadata.name);

describe.each(Object.entries(DRAWINGS))('the drawing of %s', (name, drawing) => {
  it('is the one that its page shows', () => {
    expectGoldenText(join(ROOT, `docs/img/${name}.svg`), svg(drawing));
  });

  it('shows Deployments by their names', () => {
    const pods = drawing.boxes.filter(({ kind }) => kind === 'pod').map(({ id }) => id);
    expect(pods.filter((id) => !deployments.includes(id))).toEqual([]);
  });

  it('has a box at both ends of each arrow', () => {
    const boxes = drawing.boxes.map(({ id }) => id);
    expect(drawing.arrows.flatMap(({ from, to }) => [from, to]).filter((id) => !boxes.includes(id))).toEqual(
      [],
    );
  });
});

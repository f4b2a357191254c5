import { expect, it } from 'vitest';
import { lacksOf } from '#test/walkthrough/lacks.ts';
import { parseWalkthrough } from '#test/walkthrough/parse.ts';
import { stepsFor } from '#test/walkthrough/run.ts';

const step = (mark: string) => `<!-- ${mark} -->\n\`\`\`console\n$ echo ${mark}\n\`\`\`\n`;

it('reads what a cluster has not', () => {
  expect(lacksOf('cluster', {})).toEqual([]);
  expect(lacksOf('cluster', { WITHOUT: 'internet, mariadb' })).toEqual(['internet', 'mariadb']);
});

it('leaves out the steps of other targets, and those that need what is not there', () => {
  const steps = parseWalkthrough(['only: laptop', 'soon', 'needs: mariadb'].map(step).join('\n'));
  const lines = (lacks: readonly string[]) => stepsFor(steps, { target: 'cluster', lacks }).length;
  expect(lines([])).toBe(2);
  expect(lines(['mariadb'])).toBe(1);
});

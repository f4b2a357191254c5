import { expect, it } from 'vitest';
import { parseWalkthrough } from '#mesh/console/walkthroughs/parse.ts';
import { lacksOf } from '#test/walkthrough/lacks.ts';
import { shownOf, stepsFor } from '#test/walkthrough/run.ts';

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

it('passes over the warnings of a deletion, and over no others', () => {
  const warnings = ['IST0101: gateway `a` not found', 'M101-no-pods: the selector (app=a) selects no pod'];
  const output = `${warnings.map((text) => `Warning: ${text}\n`).join('')}gateway "a" deleted\n`;
  expect(shownOf('kubectl delete -f a.yaml', output)).toBe('gateway "a" deleted\n');
  const others = 'Warning: deleting cluster-scoped resources\n';
  expect(shownOf('kubectl delete -f a.yaml', others)).toBe(others);
  expect(shownOf('kubectl apply -f a.yaml', output)).toBe(output);
});

import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClusterAnswers, withoutOwnWarnings } from '#test/clients/cluster-answers.ts';
import { isRow, parseTranscript, type Row } from '#test/clients/transcript.ts';

const tables = globSync(join(import.meta.dirname, '{kubectl,helm}/*.txt')).sort();
const rowsOf = (table: string): readonly Row[] => parseTranscript(readFileSync(table, 'utf8')).filter(isRow);

describe.each(tables.map((table) => [basename(table, '.txt'), table]))(
  'what a cluster answers: %s',
  (_, table) => {
    const answers = new ClusterAnswers(table);

    it('belongs to one row of the table, and says why it differs', () => {
      const commands = rowsOf(table).map(({ command }) => command);
      for (const { command, reason } of answers.rows) {
        expect(commands.filter((each) => each === command)).toHaveLength(1);
        expect(reason, command).toMatch(/^# \w.*\.$/);
      }
    });

    it('differs from what the laptop answers', () => {
      for (const row of rowsOf(table)) {
        const own = answers.rows.find(({ command }) => command === row.command);
        if (own) expect(answers.expected(row), row.command).not.toEqual(withoutOwnWarnings(row));
      }
    });
  },
);

it('the page tells the number of rows, and of those that differ', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/kubectl.md'), 'utf8');
  const [kubectl, helm] = ['kubectl', 'helm'].map((client) =>
    tables
      .filter((table) => table.includes(`/${client}/`))
      .reduce((sum, table) => sum + rowsOf(table).length, 0),
  );
  const differ = tables.reduce((sum, table) => sum + new ClusterAnswers(table).rows.length, 0);
  expect(page).toContain(`${kubectl} rows of kubectl and ${helm} of helm`);
  expect(page).toContain(`${differ} rows still differ`);
});

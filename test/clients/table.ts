import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { ClusterAnswers } from '#test/clients/cluster-answers.ts';
import { openPlace, type Place } from '#test/clients/place.ts';
import { type Outcome, runRow } from '#test/clients/run-row.ts';
import { isCluster } from '#test/clients/target.ts';
import {
  type Block,
  formatRow,
  formatTranscript,
  isRow,
  matches,
  parseTranscript,
  type Row,
} from '#test/clients/transcript.ts';

const updates = process.env['UPDATE_GOLDEN'] !== undefined;

/** Where a row's expected output comes from, and where a new one goes. */
type Answers = Pick<ClusterAnswers, 'expected' | 'note' | 'save'>;

/** Tests of a table's rows, one after the other, in a namespace with the table's name. `env` is asked when they run. */
export function testTable(file: string, env: () => NodeJS.ProcessEnv): void {
  const name = basename(file, '.txt');
  const blocks = parseTranscript(readFileSync(file, 'utf8'));
  const answers: Answers = isCluster ? new ClusterAnswers(file) : laptopAnswers(file, blocks);
  describe(name, () => {
    let place: Place;
    beforeAll(() => {
      place = openPlace(name, env());
    });
    for (const row of blocks.filter(isRow)) {
      it(`${row.line}: ${row.command}`, async () => {
        const expected = answers.expected(row);
        const outcome = await runRow(row.command, place);
        if (isAsExpected(expected, outcome)) return;
        if (!updates) throw new Error(difference(file, expected, outcome));
        answers.note(row, outcome);
      });
    }
    afterAll(() => {
      place.close();
      if (updates) answers.save();
    });
  });
}

/** The laptop's answers are those of the table itself. */
function laptopAnswers(file: string, blocks: Block[]): Answers {
  return {
    expected: (row) => row,
    note(row, outcome) {
      blocks[blocks.indexOf(row)] = { ...row, ...outcome };
    },
    save: () => writeFileSync(file, formatTranscript(blocks)),
  };
}

export function isAsExpected(row: Row, outcome: Outcome): boolean {
  return row.code === outcome.code && matches(row.output, outcome.output);
}

export function difference(file: string, row: Row, outcome: Outcome): string {
  const actual = formatRow({ ...row, ...outcome });
  return `${basename(file)}:${row.line}: expected\n\n${formatRow(row)}\nbut it printed\n\n${actual}`;
}

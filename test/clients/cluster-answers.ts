import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Outcome } from '#test/clients/run-row.ts';
import { type Block, formatTranscript, isRow, parseTranscript, type Row } from '#test/clients/transcript.ts';

/** What the laptop's analysis says beside an answer. */
const ownWarning = /^(warnings\.go:\d+\] ")?Warning: (M101-|IST\d)/;

/** A row with another output than the laptop's, and the remark that says why. */
export interface ClusterAnswer extends Row {
  readonly reason: string;
}

/**
 * What a cluster answers otherwise than the laptop: a table beside each table, with the rows that differ alone. A remark says why
 * for all rows up to the next remark.
 */
export class ClusterAnswers {
  readonly #file: string;
  readonly #blocks: Block[];

  /** @param table the file with the laptop's answers */
  constructor(table: string) {
    this.#file = join(dirname(table), '../cluster', basename(table));
    this.#blocks = existsSync(this.#file) ? parseTranscript(readFileSync(this.#file, 'utf8')) : [];
  }

  get rows(): readonly ClusterAnswer[] {
    let reason = '';
    return this.#blocks.flatMap((block) => {
      if (isRow(block)) return [{ ...block, reason }];
      reason = block.text;
      return [];
    });
  }

  /** What the row is to print on a cluster. */
  expected(row: Row): Row {
    const { output, code } =
      this.rows.find(({ command }) => command === row.command) ?? withoutOwnWarnings(row);
    return { ...row, output, code };
  }

  /** Takes what a row printed instead of what stands here. */
  note(row: Row, outcome: Outcome): void {
    const index = this.#blocks.findIndex((block) => isRow(block) && block.command === row.command);
    const noted = { ...row, ...outcome };
    if (index < 0) this.#blocks.push({ text: '# Why?' }, noted);
    else this.#blocks[index] = noted;
  }

  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    if (this.#blocks.length > 0) writeFileSync(this.#file, formatTranscript(this.#blocks));
    else rmSync(this.#file, { force: true });
  }
}

/** The row as a server answers that analyses nothing. */
export function withoutOwnWarnings(row: Row): Row {
  return { ...row, output: row.output.filter((line) => !ownWarning.test(line)) };
}

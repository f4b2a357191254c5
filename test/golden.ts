import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';

export interface GoldenCase {
  readonly name: string;
  /** The path of `name.in.yaml`, and its text. */
  readonly file: string;
  readonly text: string;
  /** The path of `name.out.yaml`, or of the output with another ending. */
  readonly out: string;
}

/** Every `name.in.yaml` of a folder. A new case is a new file. */
export function goldenCases(folder: string, ending = '.out.yaml'): GoldenCase[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.in.yaml'))
    .sort()
    .map((file) => {
      const name = file.slice(0, -'.in.yaml'.length);
      const path = join(folder, file);
      return { name, file: path, text: readFileSync(path, 'utf8'), out: join(folder, name + ending) };
    });
}

/** Compares a value, as YAML with sorted keys, with its golden file. */
export function expectGolden(out: string, value: unknown): void {
  const options = { sortMapEntries: true, lineWidth: 110, aliasDuplicateObjects: false };
  expectGoldenText(out, stringify(value, options));
}

/** Compares a text with its golden file; `make golden` rewrites the file instead. */
export function expectGoldenText(out: string, text: string): void {
  if (process.env['UPDATE_GOLDEN']) writeFileSync(out, text);
  const golden = existsSync(out) ? readFileSync(out, 'utf8') : `(no file ${out}: run make golden)`;
  expect(text).toBe(golden);
}

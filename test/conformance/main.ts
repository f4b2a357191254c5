/** `make conformance`: the laptop against the record, with a summary. `main.ts [GROUP…] [-k=WORD] [--team=FILE]`. */
import { type Case, caseGroups, loadCases } from '#test/conformance/case.ts';
import { Laptop } from '#test/conformance/laptop/laptop.ts';
import { check, type Result } from '#test/conformance/observe.ts';

const VERDICTS = ['same', 'differs', 'warned', 'refused', 'accepted-invalid'] as const;
type Word = (typeof VERDICTS)[number];

/** How the mesh says that it does less than Istio. */
const LESS = /not carried out|not supported|not yet/i;

/** One word for a case: `warned` differs too, and the laptop had said so. */
function wordFor(one: Case, { differences, verdict }: Result): Word {
  if (differences.length === 0) return 'same';
  if (one.refused !== undefined) return 'accepted-invalid';
  if (verdict.refused !== undefined) return 'refused';
  return verdict.warned.some((text) => LESS.test(text)) ? 'warned' : 'differs';
}

const words = process.argv.slice(2);
const only = words.find((word) => word.startsWith('-k='))?.slice(3) ?? '';
const wanted = words.filter((word) => !word.startsWith('-'));
const say = (text: string) => process.stdout.write(`${text}\n`);

const laptop = await Laptop.start();
const summary = new Map<string, Word[]>();
let unexpected = 0;
try {
  for (const group of caseGroups().filter((one) => wanted.length === 0 || wanted.includes(one))) {
    for (const one of loadCases(group).filter(({ name }) => name.includes(only))) {
      const result = await check(laptop, one);
      const word = wordFor(one, result);
      summary.set(group, [...(summary.get(group) ?? []), word]);
      tell(one, result, word);
    }
  }
} finally {
  // Nothing else keeps this process until the mesh has ended.
  const awake = setInterval(() => undefined, 1000);
  await laptop.close();
  clearInterval(awake);
}
say(`\n${['', ...VERDICTS].map((text) => text.padEnd(17)).join('')}`);
for (const [group, list] of [...summary, ['all', [...summary.values()].flat()] as const]) {
  const numbers = VERDICTS.map((word) => `${list.filter((each) => each === word).length}`.padEnd(17));
  say(`${group.padEnd(24)}${numbers.join('')}`);
}
process.exitCode = unexpected > 0 ? 1 : 0;

function tell(one: Case, { differences, verdict }: Result, word: Word): void {
  const known = one.differs !== undefined;
  if (known !== differences.length > 0) unexpected += 1;
  if (word === 'same' && !known) return;
  say(`${word} ${one.group}: ${one.name}${known ? ` (${one.differs})` : ''}`);
  for (const text of differences) say(`    ${text}`);
  for (const text of verdict.warned) say(`    warning: ${text}`);
}

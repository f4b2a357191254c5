import pc from 'picocolors';
import { formatPosition } from '#mesh/diagnostic.ts';
import { describeOutcome, verdictOf } from '#mesh/testing/outcome.ts';
import { complaints, passed, type TestReport, type TestResult } from '#mesh/testing/test-result.ts';

/** For people: a line for each test, the table of who may call what, and what no test has met. */
export function specReport(report: TestReport, color: boolean): string {
  const paint = pc.createColors(color);
  const { results } = report;
  const byFile = [...Map.groupBy(results, ({ file }) => file)];
  const failed = results.filter((result) => !passed(result)).length;
  const seconds = (report.milliseconds / 1000).toFixed(2);
  const summary = `${results.length - failed} passed, ${failed} failed (${report.speed}, ${seconds} s)`;
  return [
    ...byFile.map(([file, ofFile]) => fileReport(file, ofFile, paint)),
    coverageText(report),
    `${failed > 0 ? paint.red(summary) : paint.green(summary)}\n`,
  ].join('');
}

type Paint = ReturnType<typeof pc.createColors>;

function fileReport(file: string, results: readonly TestResult[], paint: Paint): string {
  const lines = results.flatMap((result) => resultLines(result, paint));
  return `${paint.bold(file)}\n${lines.join('')}${accessTable(results, paint)}\n`;
}

function resultLines(result: TestResult, paint: Paint): readonly string[] {
  const { test, outcome } = result;
  // What passes in the table needs no separate line.
  if (passed(result)) return test.cell ? [] : [`  ${paint.green('✔')} ${test.name}\n`];
  const where = paint.dim(formatPosition(test.position));
  const found = outcome ? [`      ${paint.dim(`what happens: ${describeOutcome(outcome)}`)}\n`] : [];
  return [
    `  ${paint.red('✘')} ${test.name}  ${where}\n`,
    ...complaints(result).map((line) => `      ${line}\n`),
    ...found,
    ...(outcome?.origin ? [`      ${paint.dim(`decided at ${outcome.origin}`)}\n`] : []),
  ];
}

const MARKS = { allowed: '✔', denied: '-', 'partly denied': '±', 'not reached': '?' } as const;

function accessTable(results: readonly TestResult[], paint: Paint): string {
  const cells = results.filter(({ test }) => test.cell);
  if (cells.length === 0) return '';
  const targets = [...new Set(cells.map(({ test }) => test.cell?.target ?? ''))];
  const callers = [...new Set(cells.map(({ test }) => test.cell?.caller ?? ''))];
  const width = Math.max(...callers.map((caller) => caller.length), 4);
  const heading = targets.map((target, index) => `  ${' '.repeat(width)}  [${index + 1}] ${target}\n`);
  const numbers = targets.map((_, index) => `[${index + 1}]`.padEnd(5)).join('');
  const rows = callers.map((caller) => {
    const marks = targets.map((target) => mark(cells, { caller, target }, paint));
    return `  ${caller.padEnd(width)}  ${marks.join('').trimEnd()}\n`;
  });
  const legend = '✔ allowed  - denied  ± partly denied  ? not reached  ! not as expected';
  return `\n  ${'who may call what'}\n${heading.join('')}  ${' '.repeat(width)}  ${numbers.trimEnd()}\n${rows.join('')}  ${paint.dim(legend)}\n`;
}

function mark(
  cells: readonly TestResult[],
  { caller, target }: { readonly caller: string; readonly target: string },
  paint: Paint,
): string {
  const found = cells.find(({ test }) => test.cell?.caller === caller && test.cell.target === target);
  if (!found) return '     ';
  const sign = found.outcome ? MARKS[verdictOf(found.outcome)] : '?';
  return passed(found) ? ` ${sign}   ` : paint.red(` ${sign}!  `);
}

function coverageText({ coverage: { rules, policies } }: TestReport): string {
  const missed = [...rules.missed, ...policies.missed];
  const counted = [
    ...(rules.all > 0 ? [`${rules.met} of ${rules.all} routing rules`] : []),
    ...(policies.all > 0 ? [`${policies.met} of ${policies.all} AuthorizationPolicies`] : []),
  ];
  if (counted.length === 0) return '';
  const lines = missed.map(({ name, position }) => `  not met: ${name}  ${formatPosition(position)}\n`);
  return `The tests have met ${counted.join(' and ')}.\n${lines.join('')}`;
}

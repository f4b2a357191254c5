/** A line `Name:   value`, or several lines under one name. */
export type DescribedField = readonly [name: string, value: string | readonly string[]];

/** The first column at the top level, whichever fields an object has; no less than kubectl's. */
const topLevelWidth = 18;

/** Fields with their values in one column, as `kubectl describe` prints them. */
export function formatFields(fields: readonly DescribedField[], indent?: string): string {
  const width = indent === undefined ? topLevelWidth : Math.max(...fields.map(([name]) => name.length)) + 3;
  const lines = fields.flatMap(([name, value]) => {
    const [first = '', ...others] = typeof value === 'string' ? [value] : value;
    const rest = others.map((text) => `${' '.repeat(width)}${text}`);
    return [`${name}:`.padEnd(width) + first, ...rest].map((line) => `${indent ?? ''}${line}`.trimEnd());
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** Text moved to the right, under its heading. */
export function indented(text: string, indent = '  '): string {
  return text.replace(/^(?=.)/gm, indent);
}

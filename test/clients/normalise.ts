/** The alphabet in which Kubernetes writes hashes and random suffixes: no vowels, no digits that look like them. */
const SAFE = '[bcdfghjklmnpqrstvwxz2456789]';

/** What differs from run to run, and what takes its place; the order matters. */
const replacements: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b[0-9a-f]{64}\b/g, '<sha256>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?[+-]\d\d:?\d\d(?: \w+)?)?/g, '<time>'],
  [/^[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /gm, ''],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, '<time>'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>'],
  [new RegExp(`-${SAFE}{8,10}-${SAFE}{5}(?![\\w-])`, 'g'), '-<hash>-<id>'],
  [new RegExp(`-${SAFE}{8,10}(?![\\w-])`, 'g'), '-<hash>'],
  [new RegExp(`-(?=\\S*[a-z])${SAFE}{5}(?![\\w-])`, 'g'), '-<id>'],
  [new RegExp(`(pod-template-hash=)${SAFE}+`, 'g'), '$1<hash>'],
  [/\b127\.0\.0\.1:\d+/g, '<local>:<port>'],
  [/\[::1\]:\d+/g, '[::1]:<port>'],
  [/\b(?:10|127|172)\.\d+\.\d+\.\d+\b/g, '<ip>'],
  [/<local>/g, '127.0.0.1'],
  [/\/tmp\/kubectl-edit-\d+\.yaml/g, '/tmp/kubectl-edit-<n>.yaml'],
  [/process:\/\/\d+/g, 'process://<pid>'],
  [/(Resource Version:\s+)\d+/g, '$1<version>'],
  [/(resourceVersion"?: ?)"\d+"/g, '$1"<version>"'],
  [/(?<=[\s(])(?:\d+[smhd]){1,2}(?=[\s)]|$)/g, '<age>'],
];

/** A command's output as lines, without what differs from run to run. `folder` is where it ran. */
export function normalise(text: string, folder: string): string[] {
  let result = text.replaceAll(folder, '<folder>');
  for (const [pattern, name] of replacements) result = result.replaceAll(pattern, name);
  const lines = result.split('\n').map(columns);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Columns are as wide as their longest cell, which has been replaced: three spaces stand between them. */
function columns(line: string): string {
  return line
    .replace(/\r$/, '')
    .trimEnd()
    .replaceAll(/(?<=\S)(?:\t| {2,})\s*/g, '   ');
}

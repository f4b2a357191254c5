import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatDiagnostic, hasErrors } from '#mesh/diagnostic.ts';
import { translate } from '#mesh/istiod/translate.ts';
import { loadImages } from '#mesh/kubelet/pods/images.ts';
import { createApi, createStorage } from '#mesh/run/api-server/create-api.ts';
import { FileApplier } from '#mesh/run/apply/apply-files.ts';
import { place } from '#mesh/testing/place.ts';
import { createRandom } from '#platform/random.ts';

const ROOT = join(import.meta.dirname, '..');
const COUNT = 3_000;
const storage = createStorage();
const api = createApi(storage, async () => ({ warnings: [] }));
const applier = new FileApplier({
  api,
  facts: storage.facts,
  images: { tableFor: () => loadImages({}, ROOT) },
});

/** The project's own manifests, one object each. */
const objects = globSync('{k8s,istio}/**/*.yaml', { cwd: ROOT })
  .sort()
  .flatMap((file) => readFileSync(join(ROOT, file), 'utf8').split(/^---$/m))
  .filter((text) => /^kind:/m.test(text) && text.length < 3_000);

/** What nobody expects where a value stands. */
const VALUES: readonly string[] = [
  ...[
    '',
    'null',
    '~',
    'true',
    'no',
    '0',
    '-1',
    '1.5',
    '1e999',
    '.nan',
    '0x10',
    '99999999999999999999',
    '""',
    '" "',
  ],
  ...[
    '[]',
    '{}',
    '[[]]',
    '[null]',
    '{a: b}',
    '[constructor]',
    '{constructor: 1}',
    '{__proto__: {a: 1}}',
    '{? [a] : b}',
  ],
  ...[
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'valueOf',
    'trap',
    '*',
    '*.com',
    '*a',
    '&a',
    '&a [*a]',
  ],
  ...[
    '&a {b: *a}',
    '<<',
    '!!binary x',
    '!!set {a}',
    '!!js/function x',
    '!x y',
    '|',
    '>-',
    '"\\0"',
    '"\\ud800"',
    '\u{1f600}',
  ],
  ...[
    'a/b/c',
    '../..',
    'http://[',
    'http://a:99999',
    'unix:///x',
    '1.2.3.4/99',
    '::1',
    'a'.repeat(300),
    '1h1',
    '-5s',
    '%',
  ],
  ...['(?<a>', '[', '(a+)+$', '$(A)', '$$(', "'", '\t', '2020-01-01', '12:30:45', '10001', 'http', 'regex'],
  ...['['.repeat(200), '{a: '.repeat(150), 'a: b: c', '- - - -', '? ? ?', '\u0085', '\ufeff', '\u2028'],
];
const KEYS = [
  'constructor',
  '__proto__',
  'toString',
  'kind',
  'spec',
  'metadata',
  'items',
  '<<',
  '? a',
  '""',
  '0',
  '- a',
];

type Pick = <T>(items: readonly T[]) => T;
type Mutation = (lines: string[], pick: Pick) => void;

const MUTATIONS: readonly Mutation[] = [
  (lines, pick) => change(lines, pick, (line) => line.replace(/(:|-) .*$/, `$1 ${literal(pick(VALUES))}`)),
  (lines, pick) => change(lines, pick, (line) => line.replace(/(:|-) .*$/, `$1 ${literal(pick(VALUES))}`)),
  (lines, pick) => change(lines, pick, (line) => line.replace(/[\w.-]+(?=:)/, literal(pick(KEYS)))),
  (lines, pick) => change(lines, pick, (line) => `${line}${pick(VALUES)}`),
  (lines, pick) => change(lines, pick, (line) => line.replace(/:.*$/, ':')),
  (lines, pick) => change(lines, pick, (line) => `${' '.repeat(pick([1, 2, 4]))}${line}`),
  (lines, pick) => change(lines, pick, (line) => line.replace(/^ {1,2}/, '')),
  (lines, pick) => change(lines, pick, (line) => line.slice(0, pick([1, 3, 8, 13]))),
  (lines, pick) =>
    change(lines, pick, (line) => line.replace(/[aeiou]/, pick(['', '\0', '"', '{', ':', '\u00e9', '\t']))),
  (lines, pick) => void lines.splice(pick([...lines.keys()]), 1),
  (lines, pick) => void lines.splice(pick([...lines.keys()]), 0, pick(lines)),
  (lines, pick) => void lines.splice(pick([...lines.keys()])),
  (lines, pick) =>
    void lines.splice(
      0,
      lines.length,
      'kind: List',
      'items:',
      ...lines.map((line) => `  ${line}`),
      pick(lines),
    ),
];

it(`none of ${COUNT} mutated manifests is more than a mistake`, { timeout: 600_000 }, async () => {
  const random = createRandom({ seed: '1', name: 'mutated manifests' });
  const pick: Pick = (items) => items[Math.floor(random() * items.length)] as (typeof items)[number];
  const crashed: string[] = [];
  let refused = 0;
  for (let count = 0; count < COUNT; count += 1) {
    const text = mutated(pick);
    try {
      refused += hasErrors(await outcome(text)) ? 1 : 0;
    } catch (error) {
      crashed.push(`${(error as Error).stack}\n${text}`);
    }
  }
  expect(crashed.slice(0, 3)).toEqual([]);
  // Some mutations leave a good manifest; a test whose every input is refused at once would show nothing.
  expect(refused).toBeGreaterThan(COUNT / 4);
  expect(refused).toBeLessThan((COUNT * 19) / 20);
});

/** Everything that happens to a manifest before a process does. */
async function outcome(text: string) {
  const files = [{ file: 'test.yaml', text }];
  const { diagnostics } = translate(files, { namespace: 'default', place });
  const request = { files, namespace: 'default' };
  const applied = await applier.apply({ ...request, dryRun: true });
  const found = [...diagnostics, ...applier.analyze(request), ...applied.diagnostics];
  for (const diagnostic of found) formatDiagnostic(diagnostic);
  JSON.stringify(applied.results);
  return diagnostics;
}

function mutated(pick: Pick): string {
  const lines = [pick(objects), ...(pick([true, false]) ? ['---', pick(objects)] : [])]
    .join('\n')
    .split('\n');
  for (let left = pick([1, 1, 2, 3, 5]); left > 0 && lines.length > 0; left -= 1)
    pick(MUTATIONS)(lines, pick);
  return lines.join('\n');
}

function change(lines: string[], pick: Pick, to: (line: string) => string): void {
  const at = pick([...lines.keys()]);
  lines[at] = to(lines[at] ?? '');
}

/** `$` is special in a replacement. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

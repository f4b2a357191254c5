import { expect, it } from 'vitest';
import { parseWalkthrough } from '#mesh/console/walkthroughs/parse.ts';

const DOCUMENT = `# Title

## First

\`\`\`console
$ echo one
one
$ cat <<EOF
> two
> EOF
two
\`\`\`

<!-- eventually -->
<!-- only: cluster -->

\`\`\`console
$ kubectl get pods
...
\`\`\`

\`\`\`sh
make shell
\`\`\`
`;

it('finds commands, continuations, outputs, lines and sections', () => {
  const [one, two, three, ...more] = parseWalkthrough(DOCUMENT);
  expect(one).toEqual({
    line: 6,
    section: 'First',
    command: 'echo one',
    expected: ['one'],
    eventually: false,
    soon: false,
  });
  expect(two).toMatchObject({ line: 8, command: 'cat <<EOF\ntwo\nEOF', expected: ['two'] });
  expect(three).toMatchObject({ eventually: true, only: 'cluster', expected: ['...'] });
  expect(more).toEqual([]);
});

it('reads each mark', () => {
  const marks = ['soon', 'only: laptop', 'needs: mariadb'].map((mark) => `<!-- ${mark} -->`).join('\n');
  const [step] = parseWalkthrough(`${marks}\n\n\`\`\`console\n$ true\n\`\`\`\n`);
  expect(step).toMatchObject({ eventually: false, soon: true, only: 'laptop', needs: 'mariadb' });
});

it('drops a mark when other text follows it', () => {
  const [step] = parseWalkthrough('<!-- eventually -->\ntext\n```console\n$ true\n```\n');
  expect(step?.eventually).toBe(false);
});

it('refuses output that no command precedes', () => {
  expect(() => parseWalkthrough('```console\noutput\n```\n')).toThrow(
    'line 2: output before the first command',
  );
});

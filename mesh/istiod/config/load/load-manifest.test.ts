import { describe, expect, it } from 'vitest';
import { loadManifest } from '#mesh/istiod/config/load/load-manifest.ts';

function load(text: string) {
  return loadManifest({ file: 'test.yaml', text });
}

describe('loadManifest', () => {
  it('splits a file into documents, skips empty ones and flattens lists', () => {
    const { documents, diagnostics } = load(`kind: A
---
# nothing here
---
kind: List
items:
- kind: B
  spec: {port: 80}
- kind: C
`);
    expect(diagnostics).toEqual([]);
    expect(documents.map(({ value }) => value)).toEqual([
      { kind: 'A' },
      { kind: 'B', spec: { port: 80 } },
      { kind: 'C' },
    ]);
    expect(documents[1]?.at(['spec', 'port'])).toEqual({ file: 'test.yaml', line: 8, column: 10 });
  });

  it('finds fields, list items, and the nearest ancestor of what is not there', () => {
    const [document] = load('spec:\n  http:\n  - name: a\n  - name: b\n').documents;
    expect(document?.at(['spec', 'http', 1, 'name'])).toMatchObject({ line: 4, column: 5 });
    expect(document?.at(['spec', 'http', 1])).toMatchObject({ line: 4 });
    expect(document?.at(['spec', 'http', 1, 'timeout'])).toMatchObject({ line: 4 });
    expect(document?.at(['spec', 'tcp'])).toMatchObject({ line: 1 });
  });

  it('reads JSON, anchors and merge keys', () => {
    const { documents } = load('{"a": {"b": 3}}\n---\nfirst: &first {p: 1}\nsecond:\n  <<: *first\n  q: 2\n');
    expect(documents[0]?.value).toEqual({ a: { b: 3 } });
    expect(documents[1]?.value).toEqual({ first: { p: 1 }, second: { p: 1, q: 2 } });
  });

  it("reads scalars as Kubernetes' YAML 1.1 does", () => {
    const { documents } = load('a: yes\nb: 0644\nc: 3:30\nd: 2020-01-01\ne: "yes"\nf: [., .5, 1.]\n');
    expect(documents[0]?.value).toEqual({
      a: true,
      b: 420,
      c: '3:30',
      d: '2020-01-01',
      e: 'yes',
      f: ['.', 0.5, 1],
    });
  });

  it.each([
    ['a colon too many', 'kind: A\nname: http: web\n', 2, 'M101-yaml-syntax'],
    ['a tab', 'spec:\n\t- a\n', 2, 'M101-yaml-syntax'],
    ['an open bracket', 'a: [1\nb: 2\n', 2, 'M101-yaml-syntax'],
    ['bad indentation', 'a:\n  b: 1\n c: 2\n', 3, 'M101-yaml-syntax'],
    ['an alias without anchor', 'a: *b\n', 1, 'M101-yaml-syntax'],
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 3, 'M101-duplicate-key'],
    ['a list', '- a\n', 1, 'M101-not-an-object'],
  ])('reports %s with its line and what to do', (_, text, line, code) => {
    const { documents, diagnostics } = load(text);
    expect(documents).toEqual([]);
    expect(diagnostics[0]).toMatchObject({ severity: 'error', code, position: { file: 'test.yaml', line } });
    expect(diagnostics[0]?.fix).toMatch(/\w/);
  });

  it('keeps the other documents of a file with a syntax error', () => {
    const { documents, diagnostics } = load('kind: A\n---\na: b: c\n---\nkind: B\n');
    expect(diagnostics).toHaveLength(1);
    expect(documents.map(({ value }) => value)).toEqual([{ kind: 'A' }, { kind: 'B' }]);
  });
});

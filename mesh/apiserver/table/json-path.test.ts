import { describe, expect, it } from 'vitest';
import { findAll } from '#mesh/apiserver/table/printers.ts';

const object = {
  metadata: { annotations: { 'example.com/a.b': 'dotted' } },
  spec: { hosts: ['a', 'b', 'c'], ports: [{ name: 'http', port: 80 }, { port: 90 }] },
  status: {
    conditions: [
      { type: 'Synced', status: 'False' },
      { type: 'Ready', status: 'True', reason: 'Fine' },
    ],
  },
};

describe('what a path finds', () => {
  it.each([
    ['.spec.hosts', [['a', 'b', 'c']]],
    ['{.spec.hosts}', [['a', 'b', 'c']]],
    ['$.spec.hosts[0]', ['a']],
    ['spec.hosts[-1]', ['c']],
    ['.spec.hosts[*]', ['a', 'b', 'c']],
    ['.spec.hosts[0:2]', ['a', 'b']],
    ['.spec.ports[*].port', [80, 90]],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Ready')].status", ['True']],
    ['.status.conditions[?(@.type == "Ready")].reason', ['Fine']],
    ['.status.conditions[?(@.type != "Ready")].status', ['False']],
    ['.spec.ports[?(@.port>80)].port', [90]],
    ['.spec.ports[?(@.name)].port', [80]],
    // Conditions without a reason do not match, and are no mistake.
    ['.status.conditions[?(@.reason=="Fine")].type', ['Ready']],
    ['.status.conditions[?(@.of.depth=="x")].type', []],
    ['.metadata.annotations.example\\.com/a\\.b', ['dotted']],
    [".metadata.annotations['example\\.com/a\\.b']", ['dotted']],
    [".metadata.annotations['example.com/a.b']", ['dotted']],
    ['.metadata.annotations["example.com/a.b"]', ['dotted']],
    ['..port', [80, 90]],
    ['.spec.nothing.at.all', []],
    ['.constructor.name', []],
  ])('%s', (path, found) => {
    expect(findAll(path, object)).toEqual(found);
  });

  it('is not what text between quotes looks like', () => {
    expect(findAll('.a[?(@.b=="f(x) = ^y`")].c', { a: [{ b: 'f(x) = ^y`', c: 1 }] })).toEqual([1]);
  });
});

describe('what is no path of this dialect', () => {
  it.each([
    '.spec.hosts[?(@.push("d"))]',
    '.spec[?(@.reverse())]',
    '.spec.hosts[(@.length-1)]',
    '.spec.ports[?(@.port=1)]',
    '.spec.hosts^',
    '.spec.hosts[0]~',
    '.spec.`parent',
    '.spec.hosts[?(',
  ])('%s', (path) => {
    const before = structuredClone(object);
    expect(findAll(path, object) ?? []).toEqual([]);
    expect(object).toEqual(before);
  });
});

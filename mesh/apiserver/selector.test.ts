import { describe, expect, it } from 'vitest';
import { matchesLabelSelector, parseLabelSelector } from '#mesh/apiserver/selector.ts';

describe('a label selector', () => {
  it.each([
    ['app=web', { app: 'web' }, true],
    ['app==web', { app: 'web' }, true],
    ['app=web', {}, false],
    ['app!=web', {}, true],
    ['app!=web', { app: 'web' }, false],
    ['app in (a,b)', { app: 'b' }, true],
    ['app in(a, b)', { app: 'b' }, true],
    ['app notin (a,b)', {}, true],
    ['app notin (a,b)', { app: 'a' }, false],
    ['app,!tier', { app: 'x' }, true],
    ['app,!tier', { app: 'x', tier: 'y' }, false],
    ['app=web,tier in (a,b),!x', { app: 'web', tier: 'a' }, true],
    ['size>3', { size: '4' }, true],
    ['size<3', { size: '4' }, false],
    ['app=', { app: '' }, true],
    ['constructor', {}, false],
    ['app.kubernetes.io/name=web', { 'app.kubernetes.io/name': 'web' }, true],
    ['', { any: 'thing' }, true],
  ])('%s of %j is %s', (text, labels, expected) => {
    expect(parseLabelSelector(text)(labels)).toBe(expected);
  });

  it.each(['a b', 'in (a)', 'app in a', '=x', 'app=a b'])('%s is refused', (text) => {
    expect(() => parseLabelSelector(text)).toThrow(/unable to parse requirement/);
  });

  it('of an object knows labels and expressions', () => {
    const selector = matchesLabelSelector({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a'] },
        { key: 'x', operator: 'DoesNotExist' },
      ],
    });
    expect(selector({ app: 'web', tier: 'a' })).toBe(true);
    expect(selector({ app: 'web', tier: 'a', x: '' })).toBe(false);
  });
});

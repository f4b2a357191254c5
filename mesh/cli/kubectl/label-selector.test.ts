import { describe, expect, it } from 'vitest';
import { parseLabelSelector } from '#mesh/cli/kubectl/label-selector.ts';

const labels = { app: 'web', version: 'v1', 'istio.io/rev': '' };

describe('parseLabelSelector', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web,version=v1', true],
    ['app=web,version=v2', false],
    ['version!=v2', true],
    ['missing!=v2', true],
    ['version!=v1', false],
    ['version in (v1, v2)', true],
    ['version in (v2),app=web', false],
    ['missing in (v1)', false],
    ['version notin (v2,v3)', true],
    ['missing notin (v2)', true],
    ['istio.io/rev', true],
    ['istio.io/rev=', true],
    ['missing', false],
    ['!missing', true],
    ['!app', false],
  ])('%s', (selector, selected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(selected);
  });

  it('names the requirement that it cannot read', () => {
    expect(() => parseLabelSelector('app=web,version>1')).toThrow(
      'unable to parse the label selector "version>1"',
    );
  });
});

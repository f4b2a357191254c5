import { describe, expect, it } from 'vitest';
import { checkManager } from '#mesh/apiserver/http/patch.ts';

const check = (query: string, options: Parameters<typeof checkManager>[1]) => () =>
  checkManager(new URLSearchParams(query), options);

describe('who writes', () => {
  it('may be anybody with a name', () => {
    expect(check('fieldManager=my manager', { kind: 'CreateOptions' })).not.toThrow();
    expect(check('', { kind: 'UpdateOptions' })).not.toThrow();
    expect(check('fieldManager=a&force=true', { kind: 'PatchOptions', isApply: true })).not.toThrow();
    expect(check(`fieldManager=${'a'.repeat(128)}`, { kind: 'PatchOptions' })).not.toThrow();
  });

  it.each([
    [
      '',
      { kind: 'PatchOptions', isApply: true },
      'fieldManager: Required value: is required for apply patch',
    ],
    ['force=true', { kind: 'PatchOptions' }, 'force: Forbidden: may not be specified for non-apply patch'],
    [
      `fieldManager=${'a'.repeat(129)}`,
      { kind: 'CreateOptions' },
      'fieldManager: Too long: may not be more than 128 bytes',
    ],
    [
      'fieldManager=a%01',
      { kind: 'UpdateOptions' },
      'fieldManager: Invalid value: "a\\u0001": invalid character U+0001 (at position 1)',
    ],
  ] as const)('is refused with %s', (query, options, message) => {
    expect(check(query, options)).toThrow(`${options.kind}.meta.k8s.io "" is invalid: ${message}`);
  });
});

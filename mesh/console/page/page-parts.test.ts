import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript, as browsers run it
import { differences } from '#mesh/console/page/diff.js';
// @ts-expect-error plain JavaScript, as browsers run it
import { fieldAt } from '#mesh/console/page/field-at.js';

describe('differences', () => {
  const shown = (before: string, after: string) =>
    differences(before, after).map(({ kind, text }: { kind: string; text: string }) => `${kind} ${text}`);

  it('keep what is the same in both', () => {
    expect(shown('a\nb\nc\n', 'a\nx\nc\nd\n')).toEqual(['kept a', 'gone b', 'new x', 'kept c', 'new d']);
  });

  it('of nothing and something are all new, or all gone', () => {
    expect(shown('', 'a\n')).toEqual(['new a']);
    expect(shown('a\n', '')).toEqual(['gone a']);
  });
});

describe('the field at a line', () => {
  const text = `apiVersion: v1
kind: Service
---
apiVersion: networking.istio.io/v1
kind: VirtualService
spec:
  http:
    - match:
        - headers:
            end-user:
              exact: jason
      route:
        - destination:
            host: reviews
`;
  const at = (line: number) => fieldAt(text, line);

  it.each([
    [6, ['spec']],
    [8, ['spec', 'http', 'match']],
    [11, ['spec', 'http', 'match', 'headers', 'end-user', 'exact']],
    [12, ['spec', 'http', 'route']],
    [14, ['spec', 'http', 'route', 'destination', 'host']],
  ])('%i is found by its indentation', (line, path) => {
    expect(at(line)).toEqual({ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', path });
  });

  it('belongs to its own document', () => expect(at(2)).toMatchObject({ kind: 'Service' }));
});

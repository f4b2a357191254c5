import { expect, test, vi } from 'vitest';
import { formFor } from '#services/chain/form.ts';

function asking(accept: string) {
  const accepts = vi.fn(() => 'application/json');
  return {
    accepts,
    form: formFor({ headers: { accept }, accepts } as unknown as Parameters<typeof formFor>[0]),
  };
}

test('the same Accept is read once', () => {
  expect(asking('x/once')).toMatchObject({ form: 'json' });
  const again = asking('x/once');
  expect(again.form).toBe('json');
  expect(again.accepts).not.toHaveBeenCalled();
});

test('however many there are, only some are remembered and each is answered', () => {
  for (let i = 0; i < 200; i++) expect(asking(`x/${i}`).form).toBe('json');
  const late = asking('x/199');
  expect(late.form).toBe('json');
  expect(late.accepts).toHaveBeenCalledOnce();
});

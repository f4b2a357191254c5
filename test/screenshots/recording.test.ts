import { expect, it } from 'vitest';
import { film } from '#test/screenshots/recording.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ at: index * 100, text: `line ${index}` }));

it('shows each line at its share of the time', () => {
  const shown = film([...lines(1), { at: 5_000, text: 'last' }]);
  expect(shown).toContain('@keyframes l0{0%{opacity:0}0.00%{opacity:1}}');
  expect(shown).toContain('@keyframes l1{0%{opacity:0}50.00%{opacity:1}}');
});

it('scrolls once the window is full, and ends with the last lines', () => {
  expect(film(lines(26))).toContain('.film { transform: translateY(0px) }');
  expect(film(lines(28))).toContain('.film { transform: translateY(-36px) }');
});

it('leaves no text that XML would read', () => {
  expect(film([{ at: 0, text: '<b> & more' }])).toContain('&lt;b> &amp; more</text>');
});

import { expect, it } from 'vitest';
import { lackingLines } from '#test/reporting/lacking.ts';

const redis = { name: 'Redis', isThere: false, fix: 'install it' };
const java = { name: 'Java', isThere: false, fix: 'name it in JAVA' };

it('says for each missing component how many tests it costs and how to get it', () => {
  const skipped = [redis, java, redis].map((lacks) => ({ file: 'a.test.ts', lacks }));
  expect(lackingLines(skipped)).toEqual([
    '2 tests were skipped: Redis is missing: install it',
    '1 test was skipped: Java is missing: name it in JAVA',
  ]);
});

it('names the file of a test that is skipped for no such reason', () => {
  expect(lackingLines([{ file: 'a.test.ts', lacks: undefined }])).toEqual([
    '1 test was skipped: a.test.ts skips without a reason: give the test `needs(component)`, or mend it',
  ]);
});

it('is silent when everything ran', () => {
  expect(lackingLines([])).toEqual([]);
});

import { expect, test } from 'vitest';
import { timeAnswer } from '#services/time-standin/answer.ts';

test('time is told as time.jsontest.com does', () => {
  expect(timeAnswer(new Date(1_515_026_589_163))).toBe(
    '{\n   "time": "12:43:09 AM",\n   "milliseconds_since_epoch": 1515026589163,\n   "date": "01-04-2018"\n}\n',
  );
});

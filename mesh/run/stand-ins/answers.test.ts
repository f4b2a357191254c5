import { expect, test } from 'vitest';
import { answers } from '#mesh/run/stand-ins/answers.ts';

test('time is told as time.jsontest.com does', () => {
  expect(answers['time']?.(new Date(1_515_026_589_163))).toBe(
    '{\n   "time": "12:43:09 AM",\n   "milliseconds_since_epoch": 1515026589163,\n   "date": "01-04-2018"\n}\n',
  );
});

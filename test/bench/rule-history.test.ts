import { expect, it } from 'vitest';
import { allowedVersions, type Change } from '#test/bench/rule-history.ts';

const HISTORY: readonly Change[] = [
  { version: 'prod', begun: 0, returned: 10 },
  { version: 'canary', begun: 100, returned: 200 },
  { version: 'prod', begun: 300 },
];

it.each([
  { when: 'before the change', begun: 20, ended: 90, allowed: ['prod'] },
  { when: 'begun before, ended during the change', begun: 90, ended: 150, allowed: ['prod', 'canary'] },
  { when: 'during the change', begun: 110, ended: 120, allowed: ['prod', 'canary'] },
  { when: 'begun during, ended after the change', begun: 199, ended: 210, allowed: ['prod', 'canary'] },
  { when: 'begun when the change returned', begun: 200, ended: 210, allowed: ['canary'] },
  { when: 'during a change that has not returned', begun: 310, ended: 320, allowed: ['canary', 'prod'] },
])('a request $when may be served by $allowed', ({ begun, ended, allowed }) => {
  expect([...allowedVersions(HISTORY, { begun, ended })]).toEqual(allowed);
});

import { expect, test } from 'vitest';
import { platformVariables } from '#platform/config.ts';
import { formatMistakes, readEnvironment } from '#platform/environment.ts';

test('all mistakes come out at once, each with its variable, its value and what is allowed', () => {
  const result = readEnvironment(platformVariables, {
    PORT: '65536',
    PORT_MAP: '80:x',
    LOG_FORMAT: 'xml',
    UPSTREAM_TIMEOUT: '5',
    HTTP_PROXY: 'localhost:1',
  });
  expect(result.ok).toBe(false);
  expect(
    formatMistakes('chain', result.ok ? [] : result.mistakes),
  ).toBe(`chain cannot start: 5 environment variables are wrong
  PORT="65536": must be a whole number from 0 to 65535
  PORT_MAP="80:x": must be declared:local port pairs, such as 80:41233,3000:41234
  LOG_FORMAT="xml": must be one of json, text
  UPSTREAM_TIMEOUT="5": must be a time with its unit, such as 250ms, 1.5s or 2m (or 0)
  HTTP_PROXY="localhost:1": must be a URL that begins with http:// or https://
`);
});

test('an empty variable counts as unset', () => {
  const result = readEnvironment(platformVariables, { PORT: '', LOG_LEVEL: ' ' });
  expect(result).toMatchObject({ ok: true, config: { PORT: 3000, LOG_LEVEL: 'info' } });
});

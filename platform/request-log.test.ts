import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createRequestLog } from '#platform/request-log.ts';

const ENTRY = {
  requestId: 'r"1"',
  traceId: undefined,
  method: 'GET',
  url: '/é',
  status: 200,
  seconds: 0.001,
  error: undefined,
};

function logging(level: string) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createRequestLog({ logger: pino({ level }, destination), service: 'chain', destination });
  return { log, lines };
}

test('one JSON line, without what is not known', () => {
  const { log, lines } = logging('info');
  log.write('info', ENTRY);
  log.write('warn', { ...ENTRY, traceId: 't1', error: 'it broke' });
  const [first, second] = lines.map((line) => JSON.parse(line));
  const { traceId, error, ...known } = ENTRY;
  expect(lines.join('')).toMatch(/^.+\n.+\n$/);
  expect(first).toEqual({ level: 'info', service: 'chain', time: expect.any(String), ...known });
  expect(new Date(first.time).toISOString()).toBe(first.time);
  expect(second).toMatchObject({ level: 'warn', traceId: 't1', error: 'it broke' });
});

test('what LOG_LEVEL leaves out is not written', () => {
  const { log, lines } = logging('warn');
  log.write('debug', ENTRY);
  log.write('info', ENTRY);
  log.write('warn', ENTRY);
  expect(lines).toHaveLength(1);
});

import { expect, test } from 'vitest';
import { parseScript, scriptOf } from '#mesh/kubelet/stand-ins/script.ts';

test('a script is what services/stand-in plays: durations in milliseconds, errors with their status', () => {
  const text =
    'status: 201\ndelay: 1.5s\nerrors: 0.1\nupstreams: [http://b/, "grpc://c:9000"]\npaths: {/x: {body: x, errors: {share: 1, status: 503}}}';
  expect(parseScript(text)).toEqual({
    script: {
      ...{
        status: 201,
        delay: 1500,
        errors: { share: 0.1, status: 500 },
        upstreams: ['http://b/', 'grpc://c:9000'],
      },
      paths: { '/x': { body: 'x', errors: { share: 1, status: 503 } } },
    },
  });
});

test.each([
  ['status: 200\ndealy: 3s', 2, '`dealy`: is none of status, body, headers, delay'],
  ['status: 200\ndelay: soon', 2, '`delay`: must be a duration such as 250ms or 2s'],
  ['status: 99', 1, '`status`: must be from 200 to 599'],
  [
    'upstreams:\n- http://a/\n- tcp://b',
    3,
    '`upstreams.1`: must be a URL that begins with http:// or grpc://',
  ],
  ['paths:\n  api: {}', 2, 'must begin with /'],
  ['body: "open', 1, 'Missing closing "quote'],
])('%j is wrong at line %i', (text, line, mistake) => {
  const result = parseScript(text);
  expect(result).toMatchObject({ line });
  expect('mistake' in result && result.mistake).toContain(mistake);
});

test("a container's own script comes before that of the pod", () => {
  const annotations = { 'mesh101.io/stand-in': 'status: 201', 'mesh101.io/stand-in.app': 'status: 202' };
  expect(scriptOf(annotations, 'app')).toMatchObject({ script: { status: 202 } });
  expect(scriptOf(annotations, 'side')).toMatchObject({ script: { status: 201 } });
  expect(scriptOf({}, 'app')).toBeUndefined();
});

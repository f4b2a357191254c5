import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type RunningService, startService } from '#platform/testing.ts';
import { chain } from '#services/chain/service.ts';
import { details } from '#services/details/service.ts';
import { httpbin } from '#services/httpbin/service.ts';
import { productpage } from '#services/productpage/service.ts';
import { ratings } from '#services/ratings/service.ts';
import { reviews } from '#services/reviews/service.ts';
import { userapi } from '#services/userapi/service.ts';

const HOST = 'Host: a\r\nConnection: close\r\n';
const get = (target: string, headers = HOST) => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;
const post = (headers: string, body = '') => `POST / HTTP/1.1\r\n${HOST}${headers}\r\n\r\n${body}`;
const CHUNKED = 'Transfer-Encoding: chunked';

/** What HTTP's parser refuses: every service answers 400, 431 or 413 by itself, or ends the connection. */
const REFUSED: Readonly<Record<string, string>> = {
  'no request at all': '\r\n\r\n\r\n',
  'one line of nothing': 'x\r\n\r\n',
  'a null byte': '\0',
  'bytes of TLS': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  "HTTP/2's preface": 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a method that is none': `GIBBERISH / HTTP/1.1\r\n${HOST}\r\n`,
  'a method in small letters': `get / HTTP/1.1\r\n${HOST}\r\n`,
  'no target': `GET HTTP/1.1\r\n${HOST}\r\n`,
  'version 9.9': `GET / HTTP/9.9\r\n${HOST}\r\n`,
  'a version in words': `GET / HTTP/one\r\n${HOST}\r\n`,
  'another protocol': `GET / ICE/1.0\r\n${HOST}\r\n`,
  'a space in the target': get('/a b'),
  'a null byte in the target': get('/a\0b'),
  'a line end in the target': get('/a\nb'),
  'no Host': `GET / HTTP/1.1\r\nConnection: close\r\n\r\n`,
  'a space in a name': get('/', `${HOST}a b: c\r\n`),
  'a space before the colon': get('/', `${HOST}a : c\r\n`),
  'no name': get('/', `${HOST}: c\r\n`),
  'no colon': get('/', `${HOST}abc\r\n`),
  'a null byte in a value': get('/', `${HOST}a: b\0c\r\n`),
  'a bare return in a value': get('/', `${HOST}a: b\rc\r\n`),
  'lines without returns': 'GET / HTTP/1.1\nHost: a\nConnection: close\n\n',
  'a head too large': get('/', `${HOST}a: ${'x'.repeat(20_000)}\r\n`),
  'too many headers': get('/', HOST + 'a: b\r\n'.repeat(5_000)),
  'a target too long': get(`/${'x'.repeat(20_000)}`),
  'a length that is no number': post('Content-Length: abc'),
  'a negative length': post('Content-Length: -1'),
  'a length with a plus': post('Content-Length: +1', 'x'),
  'a hexadecimal length': post('Content-Length: 0x1', 'x'),
  'a length beyond all bounds': post(`Content-Length: ${'9'.repeat(30)}`),
  'two lengths': post('Content-Length: 1\r\nContent-Length: 2', 'xy'),
  'a list of lengths': post('Content-Length: 1, 1', 'x'),
  'both framings': post(`Content-Length: 1\r\n${CHUNKED}`, '0\r\n\r\n'),
  'both framings, turned around': post(`${CHUNKED}\r\nContent-Length: 1`, '0\r\n\r\n'),
  'an unknown coding, not last': post('Transfer-Encoding: chunked, gzip', '0\r\n\r\n'),
  'chunked after a control character': post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n'),
};

/** What HTTP allows, or clients send all the same: answered by the service, and never as a bug of its own. */
const ODD: Readonly<Record<string, string>> = {
  // Refused only by who reads the body.
  'no version, with headers': `GET /\r\n${HOST}\r\n`,
  'chunked by another name': post('Transfer-Encoding: xchunked', '0\r\n\r\n'),
  'a chunk size that is none': post(CHUNKED, 'zz\r\n\r\n'),
  'a negative chunk size': post(CHUNKED, '-1\r\n\r\n'),
  'a chunk size beyond all bounds': post(CHUNKED, `${'f'.repeat(20)}\r\n`),
  'a chunk longer than it says': post(CHUNKED, '1\r\nxyz\r\n0\r\n\r\n'),
  'chunk extensions without end': post(CHUNKED, `1;${'x'.repeat(20_000)}\r\nx\r\n0\r\n\r\n`),
  'HTTP/1.0 without Host': 'GET / HTTP/1.0\r\n\r\n',
  'empty lines first': `\r\n\r\n${get('/')}`,
  'two slashes': get('//'),
  'two slashes and a host': get('//evil.example/x'),
  'a whole URL': get('http://evil.example/'),
  'a URL without end': get('http://['),
  'a path that is no path': get('?'),
  'steps upwards': get('/../../etc/passwd'),
  'encoded steps upwards': get('/%2e%2e/%2e%2e/etc/passwd'),
  'half an encoding': get('/%'),
  'an encoding that is none': get('/%zz'),
  'an encoding that is no UTF-8': get('/%ff%fe'),
  'an encoded null byte': get('/%00'),
  'names of Object.prototype': get('/constructor/__proto__/toString?__proto__[x]=1&constructor=2&toString'),
  'a query of signs': get('/?&&==&%&a[]=1&a[b]=2&a=%ff'),
  'a deep query': get(`/?a${'[b]'.repeat(2_000)}=c`),
  'options for all': `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`,
  'a host that is none': get('/', 'Host: [::1\r\nConnection: close\r\n'),
  'an empty host': get('/', 'Host:\r\nConnection: close\r\n'),
  'headers named as Object.prototype': get('/', `${HOST}constructor: a\r\n__proto__: b\r\ntoString: c\r\n`),
  'Latin-1 in a value': get('/', `${HOST}x-dev-user: J\xfcrgen\r\nx-request-id: \xff\r\n`),
  'cookies of signs': get('/', `${HOST}Cookie: ;;=;a;=b;__proto__=c;a="\r\n`),
  'an accept of signs': get('/', `${HOST}Accept: ;q=,*/*;q=x,/,text/\r\n`),
  'trace headers of nonsense': get(
    '/',
    `${HOST}traceparent: 00-zz-\r\nb3: ,\r\nx-b3-traceid: \r\ntracestate: =\r\n`,
  ),
  'ranges of nonsense': get(
    '/',
    `${HOST}Range: bytes=9-1,-,x\r\nIf-None-Match: "\r\nIf-Modified-Since: x\r\n`,
  ),
  'a body with GET': get('/', `${HOST}Content-Length: 3\r\n`) + 'abc',
  'a body of no known type': post('Content-Type: constructor\r\nContent-Length: 1', 'x'),
  'a body in a charset that is none': post(
    'Content-Type: text/plain; charset=__proto__\r\nContent-Length: 1',
    'x',
  ),
  'a body that is not packed': post('Content-Encoding: gzip\r\nContent-Length: 3', 'abc'),
  'a body in an unknown packing': post('Content-Encoding: constructor\r\nContent-Length: 3', 'abc'),
  'chunks with trailers': post(CHUNKED, '1\r\nx\r\n0\r\n__proto__: y\r\n\r\n'),
  'an expectation': post('Expect: 100-continue\r\nContent-Length: 1', 'x'),
  'an expectation of something else': post('Expect: a-miracle\r\nContent-Length: 1', 'x'),
  'an upgrade to nothing': get('/', 'Host: a\r\nConnection: close, upgrade\r\nUpgrade: websocket\r\n'),
  'two requests at once': get('/', 'Host: a\r\n') + get('/'),
};

const services = { chain, details, httpbin, productpage, ratings, reviews, userapi };

test('there are enough of them', () => {
  expect(Object.keys(REFUSED).length + Object.keys(ODD).length).toBeGreaterThanOrEqual(65);
});

test.each(Object.keys(services))('%s takes every raw request for what it is, and goes on', async (name) => {
  const service = await started(name as keyof typeof services);
  const answers = { refused: [] as string[], odd: [] as string[] };
  for (const [what, bytes] of Object.entries(REFUSED)) {
    const answer = await send(service, bytes, { leave: true });
    if (!/^$|^HTTP\/1\.1 (400|413|431) /.test(answer)) answers.refused.push(`${what}: ${firstLine(answer)}`);
  }
  for (const [what, bytes] of Object.entries(ODD)) {
    const answer = await send(service, bytes);
    // 501 to 504: it has no such method, or what it stands on is not there.
    if (!/^HTTP\/1\.1 ([1-4]\d\d|50[1-4]) /.test(answer)) answers.odd.push(`${what}: ${firstLine(answer)}`);
  }
  expect(answers).toEqual({ refused: [], odd: [] });
  expect((await fetch(`${service.origin}/live`)).status).toBeLessThan(500);
  expect(service.log().filter(({ level }) => level === 'error')).toEqual([]);
});

function started(name: keyof typeof services): Promise<RunningService> {
  const nobody = 'http://127.0.0.1:1';
  const env = { http_proxy: nobody, HTTPS_PROXY: nobody, REDIS_URL: 'redis://127.0.0.1:1' };
  return startService(services[name] as typeof chain, env);
}

/** What comes back until the other side ends the connection. Who leaves has said all, and node gives up what it has begun. */
async function send({ origin }: RunningService, bytes: string, { leave = false } = {}): Promise<string> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  // A connection that is reset has been refused, too.
  socket.on('error', () => {});
  socket.write(bytes, 'latin1');
  if (leave) socket.end();
  await once(socket, 'close');
  return answer;
}

function firstLine(answer: string): string {
  return answer.split('\r\n')[0] ?? '';
}

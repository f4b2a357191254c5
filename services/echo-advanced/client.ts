import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { framed } from '#platform/grpc/messages.ts';
import { request } from '#platform/node-http.ts';
import { decodeText, encodeText, METHOD, unframed } from '#services/echo-advanced/echo-message.ts';

interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

interface Answer {
  readonly status: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const USAGE = 'client URL [--method METHOD] [-H "Name: value"]… [--count N]';

/** Sends one or `--count` requests and prints the answers in lines of `Name=value`, as the image's client does. Returns the exit code. */
export async function runClient(args: readonly string[], { env, stdout, stderr }: Context): Promise<number> {
  const parsed = parse(args);
  if (!parsed) {
    stderr.write(`usage: ${USAGE}\n`);
    return 2;
  }
  let failures = 0;
  for (let index = 0; index < parsed.count; index += 1) {
    try {
      const answer = await (parsed.url.protocol === 'grpc:' ? askGrpc(parsed, env) : askHttp(parsed, env));
      stdout.write(described(index, parsed.url, answer));
    } catch (error) {
      failures += 1;
      stderr.write(`[${index}] ${(error as Error).message}\n`);
    }
  }
  return failures > 0 ? 1 : 0;
}

interface Asked {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly count: number;
}

function parse(args: readonly string[]): Asked | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    strict: false,
    options: {
      method: { type: 'string' },
      header: { type: 'string', short: 'H', multiple: true },
      count: { type: 'string' },
    },
  });
  const url = URL.parse(positionals[0] ?? '');
  const count = Number(values['count'] ?? 1);
  if (!url || !['http:', 'grpc:'].includes(url.protocol) || !Number.isInteger(count)) return undefined;
  const pairs = [values['header'] ?? []].flat().map((text) => /^([^:]+):\s*(.*)$/.exec(String(text)) ?? []);
  const headers = Object.fromEntries(pairs.flatMap(([, name, value]) => (name ? [[name, value ?? '']] : [])));
  return { url, method: String(values['method'] ?? 'GET'), headers, count };
}

/** On the laptop the pod's sidecar is its HTTP proxy; in a cluster the variable is unset. */
function proxyOf(env: Context['env']): URL | undefined {
  return URL.parse(env['HTTP_PROXY'] ?? '') ?? undefined;
}

function askHttp({ url, method, headers }: Asked, env: Context['env']): Promise<Answer> {
  const proxy = proxyOf(env);
  const where = proxy
    ? { host: proxy.hostname, port: proxy.port, path: url.href }
    : { host: url.hostname, port: url.port || 80, path: url.pathname + url.search };
  return new Promise((resolve, reject) => {
    request({ ...where, method, headers: { host: url.host, ...headers }, agent: false }, (response) => {
      const status = String(response.statusCode ?? 0);
      buffer(response).then(
        (body) => resolve({ status, headers: response.headers, text: body.toString('utf8') }),
        reject,
      );
    })
      .on('error', reject)
      .end();
  });
}

/** gRPC goes to the sidecar as HTTP/2 without TLS; the authority names the destination. */
async function askGrpc({ url, headers }: Asked, env: Context['env']): Promise<Answer> {
  const proxy = proxyOf(env);
  const session = connect(proxy ? `http://${proxy.host}` : `http://${url.host}`);
  try {
    return await new Promise<Answer>((resolve, reject) => {
      session.on('error', reject);
      const call = session.request({
        ...headers,
        ...{ ':method': 'POST', ':path': METHOD, ':authority': url.host },
        ...{ 'content-type': 'application/grpc', te: 'trailers' },
      });
      let received: IncomingHttpHeaders = {};
      for (const event of ['response', 'trailers'] as const)
        call.on(event, (more: IncomingHttpHeaders) => {
          received = { ...received, ...more };
        });
      call.on('error', reject);
      buffer(call).then((body) => {
        const code = received['grpc-status'];
        const status = code === '0' ? '200' : String(code ?? received[':status']);
        resolve({ status, headers: received, text: decodeText(unframed(body)) });
      }, reject);
      call.end(framed(encodeText('')));
    });
  } finally {
    session.close();
  }
}

function described(index: number, url: URL, { status, headers, text }: Answer): string {
  const lines = [
    `[${index}] Url=${url.href}`,
    `[${index}] StatusCode=${status}`,
    ...Object.entries(headers)
      .filter(([name]) => !name.startsWith(':'))
      .flatMap(([name, value]) =>
        [value ?? []].flat().map((one) => `[${index}] ResponseHeader=${name}:${one}`),
      ),
    ...text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `[${index} body] ${line}`),
  ];
  return `${lines.join('\n')}\n\n`;
}

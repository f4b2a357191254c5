import { setTimeout as pause } from 'node:timers/promises';
import { GrpcError, grpcStatus } from '#platform/grpc/messages.ts';
import { callUpstream, type UpstreamAnswer } from '#services/stand-in/call-upstream.ts';
import { GrpcServices } from '#services/stand-in/grpc-services.ts';
import { send } from '#services/stand-in/open-port.ts';
import type { Role, Stage } from '#services/stand-in/part.ts';
import { bodyOf, passedOn, plainHeaders } from '#services/stand-in/received.ts';
import { goDuration } from '#services/stand-in/roles/flags.ts';
import { Scripted } from '#services/stand-in/scripted.ts';

/** Plays nicholasjackson/fake-service by its variables: NAME, MESSAGE, UPSTREAM_URIS, TIMING_*, ERROR_*, HTTP health. */
export function fakeService(stage: Stage): Role {
  const { env } = stage.part;
  const share = Number(env['ERROR_RATE'] ?? 0);
  const status = Number(env['ERROR_CODE'] ?? 500);
  const errors = new Scripted(Number.isFinite(share) ? { errors: { share, status } } : {});
  const services = new GrpcServices();
  return {
    async http(request, response) {
      if (request.url === '/health' || request.url === '/ready') return health(stage, request.url, response);
      const begun = new Date();
      await bodyOf(request);
      const fails = errors.next('/').fails;
      const answer = await respond(stage, {
        begun,
        fails,
        status,
        type: 'HTTP',
        uri: request.url ?? '/',
        headers: request.headers,
      });
      stage.say(`${request.method} ${request.url} ${answer.code}`);
      const body = `${JSON.stringify(answer, null, 2)}\n`;
      send(response, { status: answer.code, body, headers: { 'content-type': 'application/json' } });
    },
    async grpc(request, reply) {
      if (await services.answer(request, reply)) return;
      const fails = errors.next('/').fails;
      const facts = {
        begun: new Date(),
        fails,
        status: grpcStatus.internal,
        type: 'gRPC',
        uri: request.path,
      };
      const answer = await respond(stage, { ...facts, headers: request.headers });
      stage.say(`gRPC ${request.path} ${answer.code}`);
      if (answer.code !== 0 && answer.code !== 200)
        throw new GrpcError(grpcStatus.internal, JSON.stringify(answer));
      reply.send(response(JSON.stringify(answer)));
    },
  };
}

/** Its own Response: message (2). */
function response(message: string): Uint8Array {
  const text = Buffer.from(message);
  const length: number[] = [];
  for (let left = text.length; ; left >>>= 7) {
    length.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) break;
  }
  return Buffer.concat([Buffer.from([18, ...length]), text]);
}

async function health(
  { part: { env } }: Stage,
  path: string,
  response: Parameters<typeof send>[0],
): Promise<void> {
  const of = path === '/ready' ? 'READY_CHECK_RESPONSE' : 'HEALTH_CHECK_RESPONSE';
  await pause(goDuration(env[`${of}_DELAY`]));
  const code = path === '/ready' ? env[`${of}_SUCCESS_CODE`] : env[`${of}_CODE`];
  send(response, { status: Number(code ?? 200), body: 'OK' });
}

interface Asked {
  readonly begun: Date;
  readonly fails: boolean;
  readonly status: number;
  readonly type: string;
  readonly uri: string;
  readonly headers: Parameters<typeof passedOn>[0];
}

async function respond(stage: Stage, { begun, fails, status, type, uri, headers }: Asked) {
  const { env } = stage.part;
  const urls = (env['UPSTREAM_URIS'] ?? '')
    .split(',')
    .map((url) => url.trim())
    .filter(Boolean);
  const calls = await inTurn(urls, {
    ...stage.part,
    headers: passedOn(headers),
    workers: Number(env['UPSTREAM_WORKERS'] ?? 1),
  });
  await pause(goDuration(env['TIMING_50_PERCENTILE']));
  const broken = calls.find(({ status: code, grpcStatus = 0 }) => code >= 400 || grpcStatus !== 0);
  const end = new Date();
  const code = fails ? status : broken ? 500 : type === 'gRPC' ? 0 : 200;
  return {
    ...{ name: env['NAME'] || 'Service', uri, type, ip_addresses: [env['POD_IP'] ?? '127.0.0.1'] },
    ...{ start_time: stamp(begun), end_time: stamp(end), duration: `${end.getTime() - begun.getTime()}ms` },
    ...(fails
      ? { error: 'Service error automatically injected' }
      : { body: env['MESSAGE'] ?? 'Hello World' }),
    ...(calls.length > 0 && {
      upstream_calls: Object.fromEntries(calls.map((call) => [call.url, shown(call)])),
    }),
    code,
  };
}

const stamp = (date: Date) => date.toISOString().replace('Z', '000');

function shown({ url, status, grpcStatus, body, headers, error }: UpstreamAnswer) {
  const code = grpcStatus ?? status;
  if (error !== undefined) return { uri: url, code: -1, error };
  const start = body.indexOf('{');
  try {
    const answer = JSON.parse(body.slice(start)) as Record<string, unknown>;
    return { ...answer, uri: url, headers: plainHeaders(headers), code };
  } catch {
    return { uri: url, headers: plainHeaders(headers), body, code };
  }
}

interface Calling {
  readonly env: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly workers: number;
}

async function inTurn(
  urls: readonly string[],
  { env, headers, workers }: Calling,
): Promise<UpstreamAnswer[]> {
  const answers: UpstreamAnswer[] = [];
  const timeout = goDuration(env['HTTP_CLIENT_REQUEST_TIMEOUT'] ?? '30s');
  const size = Math.max(1, workers || 1);
  for (let from = 0; from < urls.length; from += size) {
    const some = urls.slice(from, from + size);
    answers.push(
      ...(await Promise.all(
        some.map((url) => callUpstream({ url: grpcMethod(url), headers, env, timeout })),
      )),
    );
  }
  return answers;
}

/** Its services call each other by their own method. */
function grpcMethod(url: string): string {
  return url.startsWith('grpc:') && new URL(url).pathname.length <= 1
    ? `${url.replace(/\/$/, '')}/FakeService/Handle`
    : url;
}

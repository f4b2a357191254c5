import { localAddress, parseHostMap } from '#platform/host-map.ts';
import { callUpstream } from '#services/stand-in/call-upstream.ts';
import { send } from '#services/stand-in/open-port.ts';
import type { Request, Response, Stage } from '#services/stand-in/part.ts';
import { bodyOf, passedOn } from '#services/stand-in/received.ts';
import { flagsOf } from '#services/stand-in/roles/flags.ts';

interface Asked {
  readonly request: Request;
  readonly response: Response;
  readonly stage: Stage;
}

/** podinfo's echo: what comes in, or what each of its backends says to it. */
export async function echoOrForward({ request, response, stage }: Asked): Promise<void> {
  const { env, args } = stage.part;
  const urls = [...flagsOf(args, 'backend-url'), ...(env['PODINFO_BACKEND_URL'] ?? '').split(/[\s,]+/)];
  const body = await bodyOf(request);
  const backends = urls.filter(Boolean);
  if (backends.length === 0) return send(response, { status: 202, body });
  const call = { method: 'POST', body, headers: passedOn(request.headers), env };
  const answers = await Promise.all(backends.map((url) => callUpstream({ ...call, url })));
  const failed = answers.find(({ status }) => status >= 400);
  if (failed) stage.say(`the backend ${failed.url} answers ${failed.status}: ${failed.error ?? failed.body}`);
  if (failed) return json(response, { code: failed.status, message: 'backend error' }, failed.status);
  json(
    response,
    answers.map((answer) => answer.body),
  );
}

/** podinfo's cache: a key of the Redis that it is told of. */
export async function cached({ request, response, stage }: Asked, key: string): Promise<void> {
  const { env, args } = stage.part;
  const server = URL.parse(flagsOf(args, 'cache-server')[0] ?? env['PODINFO_CACHE_SERVER'] ?? '');
  if (!server) return json(response, { code: 400, message: 'cache server is offline' }, 400);
  const declared = { host: server.hostname, port: Number(server.port || 6379) };
  // Most pods never ask: the client costs memory.
  const { createClient } = await import('redis');
  const socket = { ...localAddress(declared, parseHostMap(env['HOST_MAP'] ?? '')), connectTimeout: 2_000 };
  const client = createClient({ socket: { ...socket, reconnectStrategy: false } });
  client.on('error', (error: Error) => stage.say(`the cache ${server.host}: ${error.message}`));
  try {
    await client.connect();
    if (request.method === 'GET') return found(response, await client.get(key));
    if (request.method === 'DELETE') await client.del(key);
    else await client.set(key, await bodyOf(request));
    send(response, { status: 202, body: '' });
  } catch {
    json(response, { code: 500, message: 'cache error' }, 500);
  } finally {
    client.destroy();
  }
}

function found(response: Response, value: string | null): void {
  send(response, value === null ? { status: 404, body: '' } : { status: 200, body: value });
}

/** As podinfo writes it. */
export function json(response: Response, value: unknown, status = 200): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff' };
  send(response, { status, body: JSON.stringify(value, null, 2), headers });
}

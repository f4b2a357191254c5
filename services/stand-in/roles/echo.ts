import type { Duplex } from 'node:stream';
import { GrpcError, grpcStatus } from '#platform/grpc/messages.ts';
import type { UpstreamAnswer } from '#services/stand-in/call-upstream.ts';
import { firstMessage } from '#services/stand-in/grpc.ts';
import { GrpcServices } from '#services/stand-in/grpc-services.ts';
import { send } from '#services/stand-in/open-port.ts';
import type {
  GrpcReply,
  GrpcRequest,
  PartPort,
  Request,
  Response,
  Role,
  Stage,
} from '#services/stand-in/part.ts';
import { bodyOf, callerOf, passedOn, plainHeaders, targetOf } from '#services/stand-in/received.ts';
import { perform, Scripted } from '#services/stand-in/scripted.ts';

/** Plays an unknown image: says who it is and what it received, on every port, in that port's protocol. */
export function echo(stage: Stage): Role {
  const scripted = new Scripted(stage.part.script);
  const services = new GrpcServices();
  return {
    http: (request, response, port) => answerHttp(request, response, { stage, scripted, port }),
    grpc: (request, reply) => answerCall(request, reply, { stage, scripted, services }),
    tcp: (socket, port) => answerBytes(socket, stage, port),
    webSocket: () => true,
  };
}

/** Who answers. */
export function whoIs({ part: { pod, image } }: Stage, port: PartPort) {
  const { name, namespace, workload, version, container } = pod;
  return { workload, version, pod: name, namespace, container, image, port: port.number };
}

interface Playing {
  readonly stage: Stage;
  readonly scripted: Scripted;
}

async function answerHttp(
  request: Request,
  response: Response,
  { stage, scripted, port }: Playing & { readonly port: PartPort },
): Promise<void> {
  const { path, host } = targetOf(request);
  const [pathname = '/'] = path.split('?');
  const body = await bodyOf(request);
  // A probe comes past the sidecar, which gives an id to every request.
  if (stage.part.probes.includes(pathname) && request.headers['x-request-id'] === undefined) {
    return send(response, { status: 200, body: 'ok\n' });
  }
  const answer = scripted.next(pathname);
  const upstreams = await perform(answer, { part: stage.part, headers: passedOn(request.headers) });
  const failed = answer.fails || upstreams.some(isFailure);
  const status = answer.fails ? (answer.errors?.status ?? 500) : failed ? 502 : (answer.status ?? 200);
  stage.say(`${request.method} ${path} ${status}`);
  const headers = { 'x-played-by': 'stand-in', ...answer.headers };
  if (answer.body !== undefined && !failed) return send(response, { status, body: answer.body, headers });
  const received = {
    ...{ method: request.method, path, host, protocol: `HTTP/${request.httpVersion}` },
    ...(callerOf(request.headers) && { caller: callerOf(request.headers) }),
    headers: plainHeaders(request.headers),
    ...(body && { body }),
  };
  const shown = {
    ...whoIs(stage, port),
    received,
    ...(upstreams.length > 0 && { upstreams: upstreams.map(shownOf) }),
  };
  send(response, {
    status,
    body: `${JSON.stringify(shown, null, 2)}\n`,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export function isFailure({ status, grpcStatus = 0 }: UpstreamAnswer): boolean {
  return status >= 500 || grpcStatus !== 0;
}

/** An upstream's own JSON is shown as such, so that one answer shows a whole topology. */
function shownOf({ url, status, grpcStatus, body, error, headers }: UpstreamAnswer) {
  const said = { url, status, ...(grpcStatus !== undefined && { grpcStatus }) };
  if (error !== undefined) return { ...said, error };
  if (grpcStatus !== undefined) return { ...said, answeredBy: headers['x-answered-by'] };
  return { ...said, answer: parsed(body) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/**
 * Answers health, reflection and the service Echo as such. The messages of every other method are unknown here: an
 * empty one is valid for any type, and the headers say who sent it.
 */
async function answerCall(
  request: GrpcRequest,
  reply: GrpcReply,
  { stage, scripted, services }: Playing & { readonly services: GrpcServices },
): Promise<void> {
  const { path, headers, port } = request;
  if (await services.answer(request, reply)) return;
  const answer = scripted.next(path);
  const who = whoIs(stage, port);
  reply.header('x-played-by', 'stand-in');
  reply.header('x-answered-by', `${who.workload} ${who.version} ${who.pod}:${who.port}`);
  for (const [name, value] of Object.entries(answer.headers ?? {})) reply.header(name, value);
  const message = await firstMessage(request.messages);
  const upstreams = await perform(answer, { part: stage.part, headers: passedOn(headers) });
  const code = answer.fails ? grpcStatus.internal : (answer.grpcStatus ?? grpcStatus.ok);
  stage.say(`gRPC ${path} ${code}`);
  if (code !== grpcStatus.ok) throw new GrpcError(code, 'as the script of this stand-in says');
  const broken = upstreams.find(isFailure);
  if (broken)
    throw new GrpcError(14, `${broken.url} answered ${broken.error ?? broken.grpcStatus ?? broken.status}`);
  const facts = { ...who, caller: callerOf(headers) ?? '', headers: plainHeaders(headers) };
  reply.send(path === GrpcServices.echoPath ? services.echo(message, facts) : new Uint8Array(0));
}

/** Sends one line that says who it is, then sends back every byte. */
function answerBytes(socket: Duplex, stage: Stage, port: PartPort): void {
  const { workload, version, pod } = whoIs(stage, port);
  socket.once('data', (first: Buffer) => {
    stage.say(`TCP on ${port.number}`);
    socket.write(`${workload} ${version} ${pod}:${port.number}\n`);
    socket.write(first);
    socket.pipe(socket);
  });
  socket.once('end', () => socket.end());
}

import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { ControlError } from '#mesh/run/control/control-error.ts';

export interface ControlCall {
  readonly socket: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** Sends a request to the runner's socket. Resolves with the response as soon as its head is there. */
export function send({ socket, method, path, body }: ControlCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = text === undefined ? {} : { 'content-type': 'application/json' };
    request({ socketPath: socket, method, path, headers, agent: false }, resolve)
      .on('error', reject)
      .end(text);
  });
}

/**
 * The answer's JSON.
 * @throws ControlError when the runner refuses; 422 is an answer, not a refusal.
 */
export async function requestJson(call: ControlCall): Promise<unknown> {
  const response = await send(call);
  const answer = await json(response);
  const status = response.statusCode ?? 0;
  if (status >= 400 && status !== 422) {
    throw new ControlError(status, messageOf(answer));
  }
  return answer;
}

function messageOf(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'error' in answer
    ? String(answer.error)
    : 'refused';
}

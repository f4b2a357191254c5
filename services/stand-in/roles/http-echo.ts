import { send } from '#services/stand-in/open-port.ts';
import type { Role, Stage } from '#services/stand-in/part.ts';
import { flagOf } from '#services/stand-in/roles/flags.ts';

/** Plays hashicorp/http-echo: one text for every path, `-text`, ECHO_TEXT and `-status-code` as there. */
export function httpEcho({ part: { args, env }, say }: Stage): Role {
  const text = flagOf(args, 'text') ?? env['ECHO_TEXT'] ?? 'hello-world';
  const status = Number(flagOf(args, 'status-code') ?? 200);
  const headers = { 'x-app-name': 'http-echo', 'x-app-version': '1.0.0' };
  return {
    async http(request, response) {
      if (request.url === '/health') {
        const body = '{"status":"ok"}\n';
        return send(response, {
          status: 200,
          body,
          headers: { ...headers, 'content-type': 'application/json' },
        });
      }
      say(`${request.headers.host ?? ''} "${request.method} ${request.url}" ${status}`);
      send(response, { status, body: `${text}\n`, headers });
    },
  };
}

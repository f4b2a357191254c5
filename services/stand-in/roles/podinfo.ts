import { setTimeout as pause } from 'node:timers/promises';
import { GrpcError, grpcStatus } from '#platform/grpc/messages.ts';
import { GrpcServices } from '#services/stand-in/grpc-services.ts';
import { send } from '#services/stand-in/open-port.ts';
import type { Request, Response, Role, Stage } from '#services/stand-in/part.ts';
import { flagOf } from '#services/stand-in/roles/flags.ts';
import { cached, echoOrForward, json } from '#services/stand-in/roles/podinfo-behind.ts';

/** Plays stefanprodan/podinfo: the endpoints that walkthroughs ask, by its flags and PODINFO_ variables. */
export function podinfo(stage: Stage): Role {
  const state = { ready: true, requests: 0 };
  const services = new GrpcServices();
  return {
    async http(request, response) {
      const [path = '/'] = (request.url ?? '/').split('?');
      state.requests += 1;
      const [, name = '', rest = ''] = path.split('/');
      const endpoint = endpoints.get(name);
      if (!endpoint) return send(response, { status: 404, body: '404 page not found\n' });
      await endpoint({ request, response, rest, state, stage });
      if (!['healthz', 'readyz', 'metrics'].includes(name)) stage.say(`${request.method} ${path}`);
    },
    async grpc(request, reply) {
      if (await services.answer(request, reply)) return;
      throw new GrpcError(grpcStatus.unimplemented, `no method is called ${request.path}`);
    },
    webSocket: (path) => path === '/ws/echo',
  };
}

interface Asked {
  readonly request: Request;
  readonly response: Response;
  /** The second part of the path. */
  readonly rest: string;
  readonly state: { ready: boolean; requests: number };
  readonly stage: Stage;
}

const endpoints: ReadonlyMap<string, (asked: Asked) => void | Promise<void>> = new Map([
  ['', (asked) => json(asked.response, info(asked))],
  ['api', apiEndpoint],
  ['version', (asked) => json(asked.response, { commit: 'laptop', version: info(asked).version })],
  ['healthz', (asked) => json(asked.response, { status: 'OK' })],
  ['readyz', readyz],
  ['status', (asked) => json(asked.response, { status: statusOf(asked) }, statusOf(asked))],
  [
    'delay',
    async (asked) => {
      await pause(Math.min(Number(asked.rest) || 0, 60) * 1000);
      json(asked.response, { delay: Number(asked.rest) || 0 });
    },
  ],
  [
    'env',
    (asked) =>
      json(
        asked.response,
        Object.entries(asked.stage.part.env).map(([name, value]) => `${name}=${value}`),
      ),
  ],
  ['headers', (asked) => json(asked.response, headersOf(asked.request))],
  ['echo', echoOrForward],
  ['cache', (asked) => cached(asked, asked.rest)],
  ['panic', panic],
  ['metrics', metrics],
]);

function info({
  stage: {
    part: { env, args, pod, image },
  },
}: Asked) {
  const ui = (name: string) => env[`PODINFO_UI_${name.toUpperCase()}`] ?? flagOf(args, `ui-${name}`);
  const tag = /:v?(\d[\w.-]*)(?:@.*)?$/s.exec(image)?.[1] ?? '6.9.0';
  return {
    ...{ hostname: env['HOSTNAME'] ?? pod.name, version: tag, revision: 'laptop' },
    ...{
      color: ui('color') ?? '#34577c',
      logo: ui('logo') ?? 'https://raw.githubusercontent.com/stefanprodan/podinfo/gh-pages/cuddle_clap.gif',
    },
    message: ui('message') ?? `greetings from podinfo v${tag}`,
    ...{ goos: process.platform, goarch: process.arch, runtime: 'laptop', num_goroutine: '1', num_cpu: '1' },
  };
}

async function apiEndpoint(asked: Asked): Promise<void> {
  if (asked.rest === 'info') return json(asked.response, info(asked));
  if (asked.rest !== 'echo') return send(asked.response, { status: 404, body: '404 page not found\n' });
  await echoOrForward(asked);
}

function readyz(asked: Asked): void {
  const { state, rest, request } = asked;
  if (rest !== '' && request.method === 'POST') {
    state.ready = rest === 'enable';
    send(asked.response, { status: 202, body: '' });
  } else if (state.ready) json(asked.response, { status: 'OK' });
  else json(asked.response, { status: 'error' }, 503);
}

/** As the program does: it ends with 255, and the kubelet starts it again. */
function panic({ stage }: Asked): void {
  stage.say('Panic command received');
  stage.exit(255);
}

function metrics({ response, state }: Asked): void {
  send(response, {
    status: 200,
    body: `# TYPE http_requests_total counter\nhttp_requests_total{status="200"} ${state.requests}\n`,
  });
}

function statusOf({ rest }: Asked): number {
  const status = Number(rest);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : 400;
}

/** As Go's http.Header: canonical names, each with a list. */
function headersOf({ headers }: Request): Record<string, string[]> {
  const canonical = (name: string) => name.replace(/(^|-)[a-z]/g, (letters) => letters.toUpperCase());
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name.startsWith(':') ? [] : [[canonical(name), [value].flat()]],
    ),
  );
}

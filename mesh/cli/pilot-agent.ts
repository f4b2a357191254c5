import process from 'node:process';
import { text } from 'node:stream/consumers';
import { withIstioNames } from '#mesh/telemetry/metrics/istio-names.ts';
import { request } from '#platform/node-http.ts';
import { endWithReader } from '#platform/process.ts';

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
}

/** `pilot-agent request METHOD PATH`: one request to the admin interface of the pod's Envoy. Resolves with the exit code. */
export async function pilotAgent(argv: readonly string[], { stdout, stderr, env }: Streams): Promise<number> {
  const [verb, method, path] = argv;
  const socketPath = env['ENVOY_ADMIN_SOCKET'];
  if (verb !== 'request' || !method || !path || !socketPath) {
    stderr.write(
      'The laptop mesh has: pilot-agent request METHOD PATH, as in `pilot-agent request GET stats`.\n',
    );
    return 1;
  }
  const answer = await ask({ socketPath, method, path: `/${path.replace(/^\//, '')}` });
  if (answer.status >= 400) {
    stderr.write(`Error: received unsuccessful status code ${answer.status}: ${answer.text}\n`);
    return 1;
  }
  stdout.write(path.includes('prometheus') ? withIstioNames(answer.text) : answer.text);
  return 0;
}

interface AdminRequest {
  readonly socketPath: string;
  readonly method: string;
  readonly path: string;
}

function ask({ socketPath, method, path }: AdminRequest): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request({ socketPath, method, path, agent: false }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, text: body }), reject);
    })
      .on('error', reject)
      .end();
  });
}

if (import.meta.main) {
  endWithReader();
  process.exitCode = await pilotAgent(process.argv.slice(2), process);
}

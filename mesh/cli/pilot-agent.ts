import process from 'node:process';
import { withIstioNames } from '#mesh/metrics/istio-names.ts';

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: NodeJS.ProcessEnv;
}

/** `pilot-agent request METHOD PATH`: one request to the admin interface of the pod's Envoy. Resolves with the exit code. */
export async function pilotAgent(argv: readonly string[], { stdout, stderr, env }: Streams): Promise<number> {
  const [verb, method, path] = argv;
  const port = env['ENVOY_ADMIN_PORT'];
  if (verb !== 'request' || !method || !path || !port) {
    stderr.write(
      'The laptop mesh has: pilot-agent request METHOD PATH, as in `pilot-agent request GET stats`.\n',
    );
    return 1;
  }
  const response = await fetch(`http://127.0.0.1:${port}/${path.replace(/^\//, '')}`, { method });
  const text = await response.text();
  if (!response.ok) {
    stderr.write(`Error: received unsuccessful status code ${response.status}: ${text}\n`);
    return 1;
  }
  stdout.write(path.includes('prometheus') ? withIstioNames(text) : text);
  return 0;
}

if (import.meta.main) process.exitCode = await pilotAgent(process.argv.slice(2), process);

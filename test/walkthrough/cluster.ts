import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Target } from '#test/walkthrough/target.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/**
 * Whatever kubectl's current context names. The services must be deployed there and no rule applied; `GATEWAY_URL` is
 * taken from the environment, else from the ingress gateway's Service.
 */
export async function clusterTarget(): Promise<Target> {
  const env = { ...process.env, GATEWAY_URL: await gatewayHost() };
  return { name: 'cluster', shell: ['sh'], env, cwd: ROOT, close: async () => {} };
}

/** The gateway's `HOST:PORT`, from `GATEWAY_URL` or the ingress gateway's Service. */
export async function gatewayHost(): Promise<string> {
  const address = process.env['GATEWAY_URL'] ?? (await gatewayAddress());
  // Tutorials disagree on whether the variable begins with the scheme; ours write it themselves.
  return address.replace(/^http:\/\//, '');
}

async function gatewayAddress(): Promise<string> {
  const service = ['-n', 'istio-system', 'get', 'service', 'istio-ingressgateway'];
  const path = '{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}';
  try {
    const { stdout } = await run('kubectl', [...service, '-o', `jsonpath=${path}`]);
    if (stdout.trim() !== '') return `${stdout.trim()}:80`;
  } catch (cause) {
    throw new Error(
      'kubectl reaches no cluster with an istio-ingressgateway; see `kubectl config current-context`',
      {
        cause,
      },
    );
  }
  throw new Error(
    'istio-ingressgateway has no external address; set GATEWAY_URL=HOST:PORT, e.g. of a port-forward',
  );
}

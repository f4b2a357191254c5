import { vi } from 'vitest';
import { type OwnMesh, startOwnMesh } from '#test/own-mesh.ts';

/** Manifests with the names, ports and images of Istio's samples. */
export const SAMPLES = 'test/istio-documentation';

/** A mesh on which tasks of Istio's documentation are done in the shell, with the real kubectl and curl. */
export interface TaskMesh {
  readonly mesh: OwnMesh;
  /** What these lines print; they know where the gateway is: INGRESS_HOST, INGRESS_PORT, SECURE_INGRESS_PORT. */
  shell(...lines: string[]): Promise<string>;
  apply(manifest: string, namespace?: string): Promise<string>;
  remove(manifest: string, namespace?: string): Promise<string>;
  /** What pods and Services of a sample come to be, when they are ready. */
  sample(name: string, namespace?: string): Promise<void>;
}

const SERVICE = 'kubectl -n istio-system get service istio-ingressgateway';
const port = (name: string) => `$(${SERVICE} -o jsonpath='{.spec.ports[?(@.name=="${name}")].port}')`;
const GATEWAY = [
  `INGRESS_HOST=$(${SERVICE} -o jsonpath='{.status.loadBalancer.ingress[0].ip}')`,
  `INGRESS_PORT=${port('http2')}`,
  `SECURE_INGRESS_PORT=${port('https')}`,
  'GATEWAY_URL=$INGRESS_HOST:$INGRESS_PORT',
];

export async function startTaskMesh(): Promise<TaskMesh> {
  const mesh = await startOwnMesh('--filename', `${SAMPLES}/curl.yaml`, '--traces-to', 'none');
  const shell = (...lines: string[]) => mesh.cli('shell', '-c', ['set -e', ...lines].join('\n'));
  const gateway = (await shell(...GATEWAY, 'echo "$INGRESS_HOST $INGRESS_PORT $SECURE_INGRESS_PORT"')).trim();
  const [host, http, https] = gateway.split(' ');
  const variables = `export INGRESS_HOST=${host} INGRESS_PORT=${http} SECURE_INGRESS_PORT=${https} GATEWAY_URL=${host}:${http}`;
  const inGateway = (...lines: string[]) => shell(variables, ...lines);
  const write = (verb: string) => (manifest: string, namespace?: string) =>
    shell(`kubectl ${verb}${namespace ? ` -n ${namespace}` : ''} -f - <<'EOF'\n${manifest}\nEOF`);
  return {
    mesh,
    shell: inGateway,
    apply: write('apply'),
    remove: write('delete'),
    sample: async (name, namespace = 'default') => {
      await shell(`kubectl apply -n ${namespace} -f ${SAMPLES}/${name}.yaml`);
      await shell(`kubectl wait -n ${namespace} --for=condition=Ready pod --all --timeout=120s`);
    },
  };
}

/** Changes reach the pods' ways a moment after a command has ended, as in a cluster. */
export const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 60_000, interval: 200 });

/** A status and what curl ends with, as the documentation prints them; a command that fails says so. */
export const status = (from: string, namespace: string, url: string, options = '') =>
  `kubectl exec -n ${namespace} deploy/${from} -c ${from} -- curl -s -o /dev/null -w '%{http_code}\\n' ${options} "${url}" || true`;

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { StartedMesh } from '#mesh/run/testing/started-mesh.ts';

const CHAIN = readFileSync(join(import.meta.dirname, '../../k8s/chain.yaml'), 'utf8');

/** Files that an apply must refuse, each for another reason. */
const INVALID: readonly string[] = [
  'kind: VirtualService\n  spec: [',
  virtualService('{destination: {host: middleware, port: {number: 70000}}}'),
  virtualService('{destination: {host: middleware}, weight: three}'),
  virtualService('{destination: {host: middleware}, wieght: 3}'),
  deploymentOf('frontend-prod').replace('containerPort: ', 'containerPort: 1000000'),
];

function virtualService(route: string): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: middleware}
spec: {hosts: [middleware], http: [{route: [${route}]}]}
`;
}

/** What else happens to a mesh while its routes change: Deployments are scaled and restarted, and mistakes are made. */
export class Disturbances {
  readonly #mesh: Pick<StartedMesh, 'client' | 'kube'>;
  #replicas = 1;
  scalings = 0;
  restarts = 0;
  refused = 0;

  constructor(mesh: Pick<StartedMesh, 'client' | 'kube'>) {
    this.#mesh = mesh;
  }

  /** Between one replica of the frontend and two. */
  async scale(): Promise<void> {
    this.#replicas = 3 - this.#replicas;
    const text = deploymentOf('frontend-prod').replace(
      '\nspec:\n',
      `\nspec:\n  replicas: ${this.#replicas}\n`,
    );
    const { diagnostics } = await this.#apply(text);
    if (hasErrors(diagnostics)) throw new Error(`the scaling was refused: ${JSON.stringify(diagnostics)}`);
    this.scalings += 1;
  }

  async restart(name = 'middleware-canary'): Promise<void> {
    await this.#mesh.kube.restart(name);
    this.restarts += 1;
  }

  /** Throws when the mesh takes what it must refuse. */
  async mistake(): Promise<void> {
    const text = INVALID[this.refused % INVALID.length] ?? '';
    const { diagnostics, results } = await this.#apply(text);
    if (!hasErrors(diagnostics) || results.length > 0) throw new Error(`this was not refused:\n${text}`);
    this.refused += 1;
  }

  #apply(text: string) {
    return this.#mesh.client.apply({ files: [{ file: 'disturbance.yaml', text }], namespace: 'default' });
  }
}

function deploymentOf(name: string): string {
  const found = CHAIN.split('\n---\n').find(
    (text) => text.includes('kind: Deployment') && text.includes(`\n  name: ${name}\n`),
  );
  if (!found) throw new Error(`k8s/chain.yaml has no Deployment ${name}`);
  return found;
}

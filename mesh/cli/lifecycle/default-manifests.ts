import { join, relative } from 'node:path';
import { projectRoot } from '#mesh/cli/project-root.ts';

const services = ['k8s/chain.yaml'];
const finalState = ['ingress', 'egress', 'destinationrules', 'routing-3'].map(
  (name) => `istio/chain/${name}.yaml`,
);

/** What `mesh up` deploys when no file is named: the chain in the final state of its walkthrough, or bare its start. */
export function defaultManifests({
  bare,
  cwd,
}: {
  readonly bare: boolean;
  readonly cwd: string;
}): readonly string[] {
  const files = bare ? services : [...services, ...finalState];
  return files.map((file) => join(relative(cwd, projectRoot), file));
}

import type { Diagnostic } from '#mesh/diagnostic.ts';
import { ProgramUnavailableError } from '#mesh/run/binary/program-error.ts';
import type { Programs } from '#mesh/run/binary/programs.ts';
import { findImage, type ImageTable } from '#mesh/run/pods/images.ts';
import { type Deployment, ofKind, type Resource } from '#mesh/schema/resource.ts';

export interface ProvideOptions {
  readonly resources: readonly Resource[];
  readonly images: ImageTable;
  readonly programs: Programs;
}

/** Finds or fetches what the images of all Deployments need; an error for each container whose program cannot be had. */
export async function providePrograms({ resources, ...options }: ProvideOptions): Promise<Diagnostic[]> {
  const missing: Diagnostic[] = [];
  for (const deployment of ofKind(resources, 'Deployment')) {
    missing.push(...(await provideFor(deployment, options)));
  }
  return missing;
}

async function provideFor(
  deployment: Deployment,
  { images, programs }: Omit<ProvideOptions, 'resources'>,
): Promise<Diagnostic[]> {
  const missing: Diagnostic[] = [];
  for (const [index, { image }] of deployment.spec.template.spec.containers.entries()) {
    const program = findImage(images, image)?.program;
    if (!program) continue;
    try {
      await programs.provide(program);
    } catch (error) {
      if (!(error instanceof ProgramUnavailableError)) throw error;
      missing.push(unavailable({ error, deployment, index }));
    }
  }
  return missing;
}

interface Unavailable {
  readonly error: ProgramUnavailableError;
  readonly deployment: Deployment;
  /** The container's. */
  readonly index: number;
}

function unavailable({ error: { program, reason }, deployment, index }: Unavailable): Diagnostic {
  const { namespace, name } = deployment.metadata;
  return {
    severity: 'error',
    code: 'M101-PROGRAM',
    message: `the image needs ${program.name}: ${reason.replace(/\.$/, '')}`,
    fix: program.fix,
    position: deployment.document.at(['spec', 'template', 'spec', 'containers', index, 'image']),
    resource: `Deployment ${namespace}/${name}`,
  };
}

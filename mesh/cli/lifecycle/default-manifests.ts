import { join, relative } from 'node:path';
import type { App } from '#mesh/cli/lifecycle/apps.ts';
import { projectRoot } from '#mesh/cli/project-root.ts';

export interface DefaultManifestsOptions {
  readonly apps: readonly App[];
  /** Only the services. */
  readonly bare: boolean;
  readonly cwd: string;
}

/** What `mesh up` deploys when no file is named. */
export function defaultManifests({ apps, bare, cwd }: DefaultManifestsOptions): readonly string[] {
  const files = apps.flatMap(({ services, start }) => (bare ? services : [...services, ...start]));
  return files.map((file) => join(relative(cwd, projectRoot), file));
}

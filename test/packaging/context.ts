import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import dockerignore from '@balena/dockerignore';
import { CONTEXT } from '#test/packaging/dockerfile.ts';

/** Whether .dockerignore lets a path, from the project's root, into the build. */
export function inContext(): (path: string) => boolean {
  const rules = dockerignore.default().add(readFileSync(join(CONTEXT, '.dockerignore'), 'utf8'));
  return (path) => !rules.ignores(path);
}

interface Copy {
  /** Below the context or a stage's root; a folder means what is in it. */
  readonly source: string;
  readonly destination: string;
}

/** COPY of one source from the context, as far as .dockerignore lets it; another context than the project has none. */
export function copyFromContext({ source, destination }: Copy, context = CONTEXT): void {
  const allowed = context === CONTEXT ? inContext() : () => true;
  cpSync(join(context, source), target({ source: join(context, source), destination }), {
    recursive: true,
    // A folder is entered in any case: a rule may let something in it pass.
    filter: (path) => statSync(path).isDirectory() || allowed(relative(context, path)),
  });
}

/** COPY of one source from another stage, by links: a thousand times the same packages would be slow. */
export function copyFromStage(copy: Copy): void {
  const into = target(copy);
  const isFolder = statSync(copy.source).isDirectory();
  mkdirSync(isFolder ? into : dirname(into), { recursive: true });
  execFileSync('cp', ['-al', isFolder ? `${copy.source}/.` : copy.source, into]);
}

/** A file goes into a folder that exists or ends with a slash; a folder's content becomes the destination's. */
function target({ source, destination }: Copy): string {
  const intoFolder = destination.endsWith('/') || existsSync(destination);
  return statSync(source).isFile() && intoFolder ? join(destination, basename(source)) : destination;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '#mesh/cli/project-root.ts';
import type { Invocation } from '#mesh/cli/session.ts';

/** `mesh version`, `kubectl version`, `istioctl version`. */
export async function version({ context }: Invocation<object>): Promise<number> {
  const manifest: unknown = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8'));
  const own = (manifest as { version: string }).version;
  const running = await context.findRunner();
  context.stdout.write(`mesh101 ${own} (laptop mesh), Node ${process.versions.node}\n`);
  context.stdout.write(running ? 'a mesh is running\n' : 'no mesh is running\n');
  return 0;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { StartedMesh } from '#mesh/run/testing/started-mesh.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The real kubectl on a mesh. A first word that is a manifest is its input: `run(manifest, 'apply', '-f', '-')`. */
export function kubectlOf({ home }: Pick<StartedMesh, 'home'>) {
  const env = { ...process.env, KUBECONFIG: join(home, 'kubeconfig') };
  const run = async (input: string, ...words: readonly string[]): Promise<Said> => {
    const child = spawn('kubectl', words, { env, stdio: 'pipe' });
    child.stdin.end(input);
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number]>,
    ]);
    return { code, out, err };
  };
  return {
    apply: (manifest: string) => run(manifest, 'apply', '-f', '-'),
    run: (...words: readonly string[]) => run('', ...words),
  };
}

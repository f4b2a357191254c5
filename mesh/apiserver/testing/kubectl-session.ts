import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type ServedKinds, serveKinds } from '#mesh/apiserver/testing/served-kinds.ts';
import { type KubectlOptions, type KubectlResult, runKubectl } from '#test/components/kubectl.ts';

export interface KubectlSession extends Omit<ServedKinds, 'close'> {
  readonly options: KubectlOptions;
  close(): Promise<void>;
  /** Runs kubectl to its end; what it prints on either output. */
  run(...words: readonly string[]): Promise<KubectlResult>;
  /** As `run`, with manifests as its input. */
  feed(manifests: object | readonly object[], ...words: readonly string[]): Promise<KubectlResult>;
  /** What it prints, when it ends well; throws what it says when it does not. */
  out(...words: readonly string[]): Promise<string>;
}

/** The API with every kind, and the real kubectl before it. */
export async function kubectlSession(
  options: Parameters<typeof serveKinds>[0] = {},
): Promise<KubectlSession> {
  const served = await serveKinds(options);
  const kubectlOptions = { server: served.url, home: await mkdtemp(join(tmpdir(), 'mesh101-kubectl-')) };
  const run = (...words: readonly string[]) => runKubectl(kubectlOptions, ...words);
  return {
    ...served,
    options: kubectlOptions,
    async close() {
      served.close();
      await rm(kubectlOptions.home, { recursive: true, force: true });
    },
    run,
    feed: (manifests, ...words) =>
      runKubectl(
        {
          ...kubectlOptions,
          input: [manifests]
            .flat()
            .map((manifest) => stringify(manifest))
            .join('---\n'),
        },
        ...words,
      ),
    async out(...words) {
      const { code, out, err } = await run(...words);
      if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${err}`);
      return out;
    },
  };
}

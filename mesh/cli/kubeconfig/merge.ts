import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { CliContext } from '#mesh/cli/context.ts';
import { type Merged, type MeshEntries, mergeInto, takeOut } from '#mesh/cli/kubeconfig/kubeconfig-text.ts';
import { changeFile } from '#mesh/cli/kubeconfig/user-file.ts';

/** Adds the mesh's entries to a kubeconfig, and remembers how to remove them. Resolves with whether the mesh's context is the current one. */
export async function merge(
  { stateRoot }: Pick<CliContext, 'stateRoot'>,
  file: string,
  { entries, use }: { readonly entries: MeshEntries; readonly use: boolean },
): Promise<Merged> {
  let merged: Merged | undefined;
  await changeFile(file, (text) => {
    merged = mergeInto(text ?? '', entries, { use });
    // Remember before writing the file: a superfluous note does no harm, but a forgotten entry stays for ever.
    remember(stateRoot, { file, server: entries.server, created: text === undefined }, merged.former);
    return { text: merged.text };
  });
  if (!merged) throw new Error('the file was not read');
  return merged;
}

function remember(stateRoot: string, merged: Omit<MergedFile, 'former'>, former: string | undefined): void {
  const known = mergedFiles(stateRoot);
  const earlier = known.find(({ file }) => file === merged.file);
  const kept = former ?? earlier?.former;
  rememberMerged(stateRoot, [
    ...known.filter((one) => one !== earlier),
    {
      ...merged,
      created: merged.created || (earlier?.created ?? false),
      ...(kept !== undefined && { former: kept }),
    },
  ]);
}

/** Removes the mesh's context from each file into which it was merged, with a line for each. Reports what it cannot do now, and leaves that to the next call. */
export async function takeBack({ stateRoot, stdout, stderr }: CliContext): Promise<void> {
  for (const merged of mergedFiles(stateRoot)) {
    try {
      const message = await takeBackFrom(merged);
      if (message) stdout.write(`${message}\n`);
      rememberMerged(
        stateRoot,
        mergedFiles(stateRoot).filter(({ file }) => file !== merged.file),
      );
    } catch (error) {
      stderr.write(`${(error as Error).message.replace(/^error/, 'warning')}\n`);
    }
  }
}

async function takeBackFrom({ file, server, former, created }: MergedFile): Promise<string | undefined> {
  let message: string | undefined;
  await changeFile(file, (text) => {
    const taken = text === undefined ? undefined : takeOut(text, { server, ...(former && { former }) });
    if (!taken) return undefined;
    const again = taken.restored === undefined ? '' : `; its current context is ${taken.restored} again`;
    message = `Removed the context mesh101 from ${file}${again}.`;
    return { text: created && taken.isEmpty ? null : taken.text };
  });
  return message;
}

/** One of the user's kubeconfigs, into which the mesh was merged. */
const mergedFile = z.strictObject({
  file: z.string(),
  /** Identifies the mesh's entries. */
  server: z.string(),
  /** The current context that the mesh's has replaced. */
  former: z.optional(z.string()),
  /** Whether the file was not there before. */
  created: z.boolean(),
});

type MergedFile = z.infer<typeof mergedFile>;

const place = (stateRoot: string) => join(stateRoot, 'kubeconfig-merged.json');

/** The files that `down` must put right, even after the mesh and its runner have died. */
function mergedFiles(stateRoot: string): readonly MergedFile[] {
  try {
    return z.array(mergedFile).parse(JSON.parse(readFileSync(place(stateRoot), 'utf8')));
  } catch {
    return [];
  }
}

function rememberMerged(stateRoot: string, files: readonly MergedFile[]): void {
  if (files.length === 0) {
    rmSync(place(stateRoot), { force: true });
    return;
  }
  mkdirSync(dirname(place(stateRoot)), { recursive: true, mode: 0o700 });
  writeFileSync(place(stateRoot), JSON.stringify(files), { mode: 0o600 });
}

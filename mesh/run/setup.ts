import { envoyBinary } from '#mesh/run/binary/envoy-binary.ts';
import { ProgramUnavailableError } from '#mesh/run/binary/program-error.ts';

export interface SetupOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly out: NodeJS.WritableStream;
  /** Whether an Envoy that is found goes without saying. */
  readonly quiet: boolean;
}

/** What `make setup` does after the dependencies: make sure that there is an Envoy. Returns the exit code. */
export async function setup({ env, out, quiet }: SetupOptions): Promise<number> {
  try {
    const path = await envoyBinary({ env, progress: (text) => out.write(`${text}\n`) });
    if (!quiet) out.write(`envoy: ${path}\n`);
    return 0;
  } catch (error) {
    if (error instanceof ProgramUnavailableError) {
      out.write(`${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

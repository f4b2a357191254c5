import { kubectlProgram } from '#mesh/kubelet/binary/kubectl-program.ts';
import { ProgramUnavailableError } from '#mesh/kubelet/binary/program.ts';
import { programBinary } from '#mesh/kubelet/binary/program-binary.ts';
import { envoyProgram } from '#mesh/kubelet/binary/programs.ts';

export interface SetupOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly out: NodeJS.WritableStream;
  /** Whether a program that is found goes without saying. */
  readonly quiet: boolean;
}

/** What `make setup` does after the dependencies: make sure that there are an Envoy and a kubectl. Returns the exit code. */
export async function setup({ env, out, quiet }: SetupOptions): Promise<number> {
  let exitCode = 0;
  for (const program of [envoyProgram, kubectlProgram]) {
    try {
      const path = await programBinary(program, { env, progress: (text) => out.write(`${text}\n`) });
      if (!quiet) out.write(`${program.name}: ${path}\n`);
    } catch (error) {
      if (!(error instanceof ProgramUnavailableError)) throw error;
      out.write(`${error.message}\n`);
      exitCode = 1;
    }
  }
  return exitCode;
}

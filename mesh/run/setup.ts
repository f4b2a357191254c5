import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { envoyBinary } from '#mesh/run/binary/envoy-binary.ts';
import { EnvoyUnavailableError } from '#mesh/run/binary/envoy-error.ts';

/** What `make setup` does after the dependencies: make sure that there is an Envoy. Returns the exit code. */
export async function setup(env: NodeJS.ProcessEnv, out: NodeJS.WritableStream): Promise<number> {
  try {
    const path = await envoyBinary({ env, progress: (text) => out.write(`${text}\n`) });
    out.write(`envoy: ${path}\n`);
    return 0;
  } catch (error) {
    if (error instanceof EnvoyUnavailableError) {
      out.write(`${error.message}\n`);
      return 1;
    }
    throw error;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await setup(process.env, process.stderr);
}

import { envoyProgram } from '#mesh/run/binary/envoy-program.ts';
import {
  installedProgram,
  type ProgramBinaryOptions,
  programBinary,
} from '#mesh/run/binary/program-binary.ts';

/** The path of an Envoy executable. @throws ProgramUnavailableError */
export function envoyBinary(options: ProgramBinaryOptions): Promise<string> {
  return programBinary(envoyProgram, options);
}

/** An Envoy that is there without fetching, or undefined. */
export function installedEnvoy(options: ProgramBinaryOptions): string | undefined {
  return installedProgram(envoyProgram, options);
}

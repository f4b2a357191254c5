import type { Program } from '#mesh/run/binary/program.ts';

/** A program that the mesh needs and cannot have; the message tells what to do. */
export class ProgramUnavailableError extends Error {
  override readonly name = 'ProgramUnavailableError';
  readonly program: Program;
  readonly reason: string;

  constructor(program: Program, reason: string, options?: ErrorOptions) {
    super(`${reason}\n${program.ways}`, options);
    this.program = program;
    this.reason = reason;
  }
}

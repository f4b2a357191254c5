import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { copyFromContext, copyFromStage } from '#test/packaging/context.ts';
import type { Stage, Step } from '#test/packaging/dockerfile.ts';

type Variables = Readonly<Record<string, string>>;

/** A stage that has been built, as a folder instead of an image. */
export interface Image {
  readonly root: string;
  readonly env: Variables;
  readonly workingDirectory: string;
  /** Numeric `uid:gid`, as USER has it; empty for root. */
  readonly user: string;
  readonly entrypoint: string;
}

type Growing = { -readonly [K in keyof Image]: Image[K] } & {
  args: Record<string, string>;
  env: Record<string, string>;
};

/** How to build one stage. */
export interface StageBuild {
  readonly stage: Stage;
  /** Where to put it; must not exist. */
  readonly root: string;
  readonly args: Variables;
  /** A stage built before, by its name; undefined where the name is an image's. */
  readonly built: (name: string) => Image | undefined;
  /** The folder that `docker build` is given; default: the project. */
  readonly context?: string;
}

/** Carries out a stage's instructions: COPY and RUN happen below `root`. Throws when a RUN fails, with what it said. */
export function buildStage({ stage, root, args, built, context }: StageBuild): Image {
  const base = built(stage.base);
  if (base) copyFromStage({ source: base.root, destination: root });
  else installBase(root);
  const start = { workingDirectory: '/', user: '', entrypoint: '', ...base };
  const image: Growing = { ...start, env: { ...base?.env }, root, args: {} };
  for (const step of stage.steps) carryOut({ step, image, given: args, built, context });
  return image;
}

/** What the tests need of node:24-slim. */
function installBase(root: string): void {
  const node = join(root, 'usr/local/bin/node');
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(process.execPath, node);
  mkdirSync(join(root, 'tmp'));
  chmodSync(join(root, 'tmp'), 0o1777);
}

interface StepBuild {
  readonly step: Step;
  readonly image: Growing;
  readonly given: Variables;
  readonly built: StageBuild['built'];
  readonly context: string | undefined;
}

/** One instruction; throws for one that this file does not know, so that the Dockerfile cannot outgrow its test. */
function carryOut({ step, image, given, built, context }: StepBuild): void {
  const text = expand(step.text, image);
  switch (step.keyword) {
    case 'ARG':
      for (const [name, value] of Object.entries(step.properties)) image.args[name] = given[name] ?? value;
      return;
    case 'ENV':
      Object.assign(image.env, step.properties);
      return;
    case 'WORKDIR':
      image.workingDirectory = text;
      mkdirSync(join(image.root, text), { recursive: true });
      return;
    case 'USER':
      image.user = text;
      return;
    case 'ENTRYPOINT':
      image.entrypoint = text;
      return;
    case 'LABEL':
      return;
    case 'COPY':
      copy(text, image, { from: built(step.flags['from'] ?? ''), context });
      return;
    case 'RUN':
      run(step.text, image);
      return;
    default:
      throw new Error(`the Dockerfile uses ${step.keyword}, which test/packaging does not carry out`);
  }
}

interface Origin {
  readonly from: Image | undefined;
  readonly context: string | undefined;
}

function copy(text: string, image: Growing, { from, context }: Origin): void {
  const paths = text.split(/\s+/);
  const last = paths.pop() ?? '';
  const destination = join(image.root, last.startsWith('/') ? '' : image.workingDirectory, last);
  for (const source of paths) {
    if (from) copyFromStage({ source: join(from.root, source), destination });
    else copyFromContext({ source, destination }, context);
  }
}

/** How this machine reaches the registry of packages, which a build asks for them. */
const NETWORK = /^(https?_proxy|no_proxy|node_extra_ca_certs|npm_config_registry)$/i;

function run(command: string, image: Growing): void {
  const options = runOptions(image);
  const network = Object.entries(process.env).filter(([name]) => NETWORK.test(name));
  const env = { ...Object.fromEntries(network), ...options.env };
  execFileSync('sh', ['-c', command], { ...options, env, stdio: 'pipe' });
}

/** How to run a command as in the image: its variables, with absolute paths below its root, its folder, its user. */
export function runOptions(image: Image & { readonly args?: Variables }) {
  const inRoot = ([name, value]: [string, string]) => [
    name,
    value.startsWith('/') ? image.root + value : value,
  ];
  const [uid, gid] = image.user.split(':').map(Number);
  return {
    cwd: join(image.root, image.workingDirectory),
    env: {
      HOME: process.env['HOME'],
      npm_config_prefer_offline: 'true',
      ...image.args,
      ...Object.fromEntries(Object.entries(image.env).map(inRoot)),
      TMPDIR: join(image.root, 'tmp'),
      PATH: `${join(image.root, 'usr/local/bin')}:${process.env['PATH']}`,
    },
    // Only root may become somebody else; anybody else is not root already.
    ...(process.getuid?.() === 0 && uid !== undefined && image.user !== '' ? { uid, gid } : {}),
  };
}

function expand(text: string, { args, env }: Growing): string {
  return text.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => env[name] ?? args[name] ?? '');
}

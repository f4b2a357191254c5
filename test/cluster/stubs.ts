import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from '#mesh/kubelet/binary/on-path.ts';

/** What a stub does when its command line fits: `to` is a shell pattern on the whole line, tool included. */
export interface Answer {
  readonly to: string;
  /** Printed on standard output. */
  readonly say?: string;
  /** Printed on standard error. */
  readonly complain?: string;
  /** The exit code; 0 when left out. */
  readonly exit?: number;
  /** A file that takes the place of the one behind `-o`, as a download would. */
  readonly deliver?: string;
  /** Stays until it is told to end, as a tunnel does. */
  readonly stay?: boolean;
}

const STUBS = 'gcloud gke-gcloud-auth-plugin kubectl istioctl docker kind minikube curl uname'.split(' ');

/** What the scripts may use of the machine; node is not among it. */
const SYSTEM = (
  'sh make git awk basename cat cksum cmp cp cut dirname env grep gzip head mkdir mktemp mv rm sha256sum shasum sleep ' +
  'tail tar tr'
).split(' ');

/** A machine on which everything is installed, logged in and running. */
const READY: Answer[] = [
  { to: 'uname -s', say: 'Linux' },
  { to: 'uname -m', say: 'x86_64' },
  { to: 'gcloud auth list *', say: 'dev@example.com' },
  { to: 'gcloud config get-value project', say: 'demo' },
  { to: 'kubectl config current-context', say: 'stub' },
  {
    to: 'kubectl get mutatingwebhookconfigurations *',
    say: 'mutatingwebhookconfiguration/istio-sidecar-injector',
  },
  { to: 'kubectl get * --filename * --output name', say: 'service/frontend\ndeployment.apps/frontend-prod' },
  { to: 'istioctl version *', say: '1.31.0' },
];

export interface StubbedPath {
  /** The value of PATH. */
  readonly path: string;
  /** One line for each call of a stub: the tool and its arguments. */
  readonly record: string;
}

/** A PATH below `root` with stubs that record their arguments, and of the machine only the plain tools of a shell. */
export function stubbedPath(
  root: string,
  options: { missing: readonly string[]; answers: readonly Answer[] },
): StubbedPath {
  const record = join(root, 'record');
  const folder = join(root, 'bin');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const tool of SYSTEM) {
    const found = onPath(tool, process.env['PATH']);
    if (found) symlinkSync(found, join(folder, tool));
  }
  for (const tool of STUBS.filter((name) => !options.missing.includes(name))) {
    writeFileSync(join(folder, tool), script({ tool, record, answers: [...options.answers, ...READY] }));
    chmodSync(join(folder, tool), 0o755);
  }
  writeFileSync(record, '');
  return { path: folder, record };
}

/** The kustomization is recorded as well: it exists only while the script runs. */
function script(options: { tool: string; record: string; answers: readonly Answer[] }): string {
  const { tool, record, answers } = options;
  return [
    '#!/bin/sh',
    `line="${tool}\${*:+ $*}"`,
    `printf '%s\\n' "$line" >>${quote(record)}`,
    `[ "${tool} $1" != 'kubectl kustomize' ] || cat "$2/kustomization.yaml" >>${quote(record)}`,
    'case $line in',
    ...answers.filter(({ to }) => to.startsWith(`${tool} `)).map(branch),
    'esac',
    '',
  ].join('\n');
}

function branch(answer: Answer): string {
  const steps = [
    ...(answer.say === undefined ? [] : [`printf '%s\\n' ${quote(answer.say)}`]),
    ...(answer.complain === undefined ? [] : [`printf '%s\\n' ${quote(answer.complain)} >&2`]),
    ...(answer.deliver === undefined
      ? []
      : [`while [ "$1" != -o ]; do shift; done; cp ${quote(answer.deliver)} "$2"`]),
    // `exec`, so that the process that the script ends is the one that waits.
    ...(answer.stay ? ['exec sleep 600'] : []),
    `exit ${answer.exit ?? 0}`,
  ];
  return `  ${pattern(answer.to)}) ${steps.join('; ')} ;;`;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Everything is literal but the star. */
const pattern = (text: string): string =>
  text
    .split('*')
    .map((part) => (part ? quote(part) : ''))
    .join('*');

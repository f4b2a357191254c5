import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { findKind, type Kind, kinds, kindsOfAll } from '#mesh/cli/kubectl/kinds.ts';

/** What a command's words name: objects of a kind, or with no names all of the kind. */
export interface ResourceArgument {
  readonly kind: Kind;
  readonly names: readonly string[];
}

/** Reads kubectl's three forms: `pods,svc`, `pod NAME…` and `pod/NAME deploy/NAME…`. */
export function parseResourceArguments(words: readonly string[]): readonly ResourceArgument[] {
  const [first, ...names] = words;
  if (first === undefined)
    throw new CommandFailure(`error: you must specify the type of resource: ${supported()}`);
  if (words.some((word) => word.includes('/'))) return words.map(parseSlashForm);
  if (first === 'all') return kindsOfAll.map((kind) => ({ kind, names }));
  return first.split(',').map((name) => ({ kind: kindNamed(name), names }));
}

function parseSlashForm(word: string): ResourceArgument {
  const [kind = '', name = '', ...rest] = word.split('/');
  if (!kind || !name || rest.length > 0) {
    throw new CommandFailure(
      `error: "${word}" is not of the form KIND/NAME; there is no mixing of "KIND NAME" and "KIND/NAME"`,
    );
  }
  return { kind: kindNamed(kind), names: [name] };
}

export function kindNamed(name: string): Kind {
  const kind = findKind(name);
  if (kind) return kind;
  throw new CommandFailure(
    `error: the server doesn't have a resource type "${name}"\nThe laptop mesh has: ${supported()}. Others need a cluster.`,
  );
}

/** One word that names a pod, directly or as `deploy/NAME`, `svc/NAME`; the default kind is Pod. */
export function parseTarget(word: string): { readonly kind: Kind; readonly name: string } {
  const [argument] = word.includes('/')
    ? [parseSlashForm(word)]
    : [{ kind: kindNamed('pod'), names: [word] }];
  return { kind: argument.kind, name: argument.names[0] ?? '' };
}

function supported(): string {
  return kinds.map(({ plural, short }) => (short[0] ? `${plural} (${short[0]})` : plural)).join(', ');
}

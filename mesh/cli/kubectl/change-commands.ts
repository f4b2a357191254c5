import { type Command, Option } from 'commander';
import { flagValue, withAllNamespaces, withFiles, withNamespace, withSelector } from '#mesh/cli/flags.ts';
import { action, type Session } from '#mesh/cli/session.ts';

/** The verbs that change objects. */
export function addChangeCommands(parent: Command, session: Session): void {
  addApply(parent, session);
  addCreate(parent, session);
  addDelete(parent, session);
  addLabel(parent, session);
  addPatch(parent, session);
  addEdit(parent, session);
}

const dryRun = ['--dry-run [mode]', 'server or client: check and change nothing'] as const;

function addApply(parent: Command, session: Session): void {
  withFiles(withNamespace(parent.command('apply')))
    .description('create or change what manifests describe; returns when every Envoy has it')
    .option(...dryRun)
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/apply.ts')).apply(call)));
}

function addCreate(parent: Command, session: Session): void {
  const create = withFiles(withNamespace(parent.command('create')))
    .description('create what manifests describe; an object that exists is an error')
    .option(...dryRun)
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/apply.ts')).create(call)));
  create
    .command('namespace <name>')
    .alias('ns')
    .description('create a namespace')
    .option(...dryRun)
    .action(
      action(session, async (call) => (await import('#mesh/cli/kubectl/apply.ts')).createNamespace(call)),
    );
}

function addDelete(parent: Command, session: Session): void {
  withFiles(withSelector(withAllNamespaces(parent.command('delete [resources...]'))))
    .description('delete what manifests describe, or objects by name')
    .option('--ignore-not-found [yes]', 'an object that is missing is no error')
    .option('--all', 'every object of the kind in the namespace')
    .action(
      action(session, async (call) => (await import('#mesh/cli/kubectl/delete.ts')).deleteObjects(call)),
    );
}

function addLabel(parent: Command, session: Session): void {
  withNamespace(parent.command('label <words...>'))
    .description('set or remove labels: namespace default istio-injection=enabled, or key-')
    .option('--overwrite', 'change a label that has another value')
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/label.ts')).label(call)));
}

function addPatch(parent: Command, session: Session): void {
  const type = new Option('--type <type>', 'how to read it; strategic unless given').choices([
    'strategic',
    'merge',
    'json',
  ]);
  withNamespace(parent.command('patch <resources...>'))
    .description('change some fields: KIND NAME --type=merge -p PATCH')
    .option('-p, --patch <text>', 'the patch as JSON or YAML', flagValue)
    .option('--patch-file <file>', 'a file with the patch', flagValue)
    .addOption(type)
    .option(...dryRun)
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/patch.ts')).patch(call)));
}

function addEdit(parent: Command, session: Session): void {
  withNamespace(parent.command('edit <resources...>'))
    .description('change an object in $KUBE_EDITOR, $EDITOR or vi')
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/edit.ts')).edit(call)));
}

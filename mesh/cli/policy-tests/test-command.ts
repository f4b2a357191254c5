import { type Command, Option } from 'commander';
import { action, type Session } from '#mesh/cli/context.ts';
import type { DiffFlags } from '#mesh/cli/policy-tests/diff.ts';
import type { TestFlags } from '#mesh/cli/policy-tests/test.ts';
import { flagValue, withFiles, withNamespace } from '#mesh/cli/usage-error.ts';

/** `mesh test`. */
export function addTest(parent: Command, session: Session): void {
  withFiles(parent.command('test [paths...]'))
    .description(
      'test manifests: who may call what, and where requests go, as *.mesh-test.yaml files say (docs/testing.md)',
    )
    .option('--explain', 'judge by the configuration alone, without starting or sending anything')
    .option('--running', 'use the running mesh as it is, instead of starting one for the tests')
    .option('--record', 'write what happens now into the files of tests, as expectations')
    .addOption(
      new Option('-o, --output <format>', 'the format of the report')
        .choices(['spec', 'tap', 'junit', 'github', 'json'])
        .default('spec'),
    )
    .option('--report <file>', 'write the report to this file, and `spec` to the screen', flagValue)
    .action(
      action<TestFlags>(session, async (call) => (await import('#mesh/cli/policy-tests/test.ts')).test(call)),
    );
}

/** `mesh diff`. */
export function addDiff(parent: Command, session: Session): void {
  withFiles(withNamespace(parent.command('diff <before> <after>')))
    .description(
      'say which requests go elsewhere after a change of manifests (files, folders or kustomizations; -f: what both share)',
    )
    .option('--exit-code', 'end with 1 if a request goes elsewhere')
    .addOption(new Option('-o, --output <format>', 'print it for programs').choices(['json']))
    .action(
      action<DiffFlags>(session, async (call) => (await import('#mesh/cli/policy-tests/diff.ts')).diff(call)),
    );
}

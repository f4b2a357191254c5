import type { Command } from 'commander';
import {
  collect,
  flagValue,
  wholeNumber,
  withAllNamespaces,
  withNamespace,
  withSelector,
} from '#mesh/cli/flags.ts';
import { action, type Session } from '#mesh/cli/session.ts';

/** The verbs that change nothing, and exec. */
export function addReadCommands(parent: Command, session: Session): void {
  addGet(parent, session);
  addDescribe(parent, session);
  addLogs(parent, session);
  addExec(parent, session);
  addPortForward(parent, session);
}

function addGet(parent: Command, session: Session): void {
  withSelector(withAllNamespaces(parent.command('get <resources...>')))
    .description('show objects: pods, svc, deploy, vs, dr, gw, se, pa, all, …; pod NAME or deploy/NAME')
    .option('-o, --output <format>', 'wide, yaml, json, name or jsonpath=TEMPLATE', flagValue)
    .option('-L, --label-columns <label>', 'a column for this label', collect)
    .option('--show-labels', 'a column with all labels')
    .option('--no-headers', 'rows only')
    .option('--ignore-not-found', 'a named object that is missing is no error')
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/get.ts')).get(call)));
}

function addDescribe(parent: Command, session: Session): void {
  withSelector(withAllNamespaces(parent.command('describe <resources...>')))
    .description('show objects in detail')
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/describe.ts')).describe(call)));
}

function addLogs(parent: Command, session: Session): void {
  withSelector(withNamespace(parent.command('logs [target] [container]')))
    .description('show what a pod wrote: POD, deploy/NAME or -l SELECTOR')
    .option('-f, --follow', 'go on as it writes')
    .option('--tail <lines>', 'only the last lines', wholeNumber)
    .option('-c, --container <name>', 'the program, or istio-proxy', flagValue)
    .option('--prefix', "each line after its pod's name")
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/logs.ts')).logs(call)));
}

function addExec(parent: Command, session: Session): void {
  withNamespace(parent.command('exec <target> [command...]'))
    .description('run a command as a pod would: POD or deploy/NAME, then -- COMMAND')
    .option('-c, --container <name>', 'the program, or istio-proxy', flagValue)
    .option('-i, --stdin', 'hand on standard input')
    .option('-t, --tty', 'accepted; the command has the terminal that this one has')
    .action(action(session, async (call) => (await import('#mesh/cli/kubectl/exec.ts')).exec(call)));
}

function addPortForward(parent: Command, session: Session): void {
  withNamespace(parent.command('port-forward <target> <ports...>'))
    .description('local ports that lead to a pod: POD, deploy/NAME or svc/NAME, then LOCAL:REMOTE')
    .action(
      action(session, async (call) => (await import('#mesh/cli/kubectl/port-forward.ts')).portForward(call)),
    );
}

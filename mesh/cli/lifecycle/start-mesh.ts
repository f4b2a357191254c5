import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { CliContext, StartedRunner } from '#mesh/cli/context.ts';
import type { App, FirstQuestion } from '#mesh/cli/lifecycle/apps.ts';
import { Progress } from '#mesh/cli/lifecycle/progress.ts';
import { formatColumns, printDiagnostics } from '#mesh/cli/output/output.ts';
import { CommandFailure } from '#mesh/cli/usage-error.ts';
import { hasErrors } from '#mesh/diagnostic.ts';
import type { SourceFile } from '#mesh/istiod/config/load/document.ts';
import type { Overview } from '#mesh/run/api.ts';
import type { Client } from '#mesh/run/client.ts';

export interface UpFlags {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly bare?: boolean;
  readonly foreground?: boolean;
  readonly live?: boolean;
  readonly outboundPolicy: 'REGISTRY_ONLY' | 'ALLOW_ANY';
  readonly tracesTo?: string;
  readonly seed?: number;
  readonly images?: string;
  /** False for `--no-stand-ins`. */
  readonly standIns?: boolean;
  /** True for `--containers` without a name. */
  readonly containers?: 'docker' | 'podman' | true;
}

export interface StartRequest {
  readonly files: readonly SourceFile[];
  readonly options: UpFlags;
  /** Stops everything again. */
  readonly signal: AbortSignal;
}

/** Starts a runner and waits until everything in the files is ready. When that fails, everything is stopped again. */
export async function startMesh(
  context: CliContext,
  { files, options, signal }: StartRequest,
): Promise<StartedRunner> {
  const progress = new Progress(context);
  const { client, ended, stop } = await context.startRunner({
    live: options.live ?? false,
    outboundPolicy: options.outboundPolicy,
    foreground: options.foreground ?? false,
    progress: (text) => progress.note(text),
    signal,
    ...(options.tracesTo !== undefined && { tracesTo: options.tracesTo }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.images !== undefined && { images: resolve(context.cwd, options.images) }),
    ...(options.standIns === false && { noStandIns: true }),
    ...(options.containers && { containers: options.containers === true ? 'any' : options.containers }),
  });
  const crashed = ended.then((log) => {
    throw new CommandFailure(`error: the runner ended while it was starting the mesh:\n${log}`);
  });
  try {
    await Promise.race([bringUp({ context, client, files, progress }), crashed, aborted(signal)]);
    return { client, ended, stop };
  } catch (error) {
    progress.end();
    await stop();
    throw error;
  }
}

/** Rejects with the signal's reason once it is given. */
export function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

interface BringUp {
  readonly context: CliContext;
  readonly client: Client;
  readonly files: readonly SourceFile[];
  readonly progress: Progress;
}

async function bringUp({ context, client, files, progress }: BringUp): Promise<void> {
  const { diagnostics } = await client.apply({ files, namespace: 'default' });
  progress.end();
  printDiagnostics(context, diagnostics);
  if (hasErrors(diagnostics)) throw new CommandFailure('error: the mesh was not started');
  for await (const event of client.events()) {
    if (event.type === 'failed') throw await failureReport(client, event.message);
    progress.show(event);
  }
}

const shownLines = 10;

/** Why the mesh did not come up: the runner's reason, and the last lines of each pod that is not ready. */
async function failureReport(client: Client, message: string): Promise<CommandFailure> {
  const { pods } = await client.overview();
  const unready = pods.filter(({ ready }) => isUnready(ready));
  const parts = await Promise.all(unready.map((pod) => lastLines(client, pod)));
  return new CommandFailure([`error: ${message}`, ...parts, 'Everything has been stopped again.'].join('\n'));
}

function isUnready(ready: string): boolean {
  const [count, wanted] = ready.split('/');
  return count !== wanted;
}

async function lastLines(client: Client, pod: Overview['pods'][number]): Promise<string> {
  const { name, namespace, status } = pod;
  const log = await client.logs({ name, namespace, tail: shownLines }).then(text, () => '');
  const lines = log.trimEnd().split('\n').filter(Boolean);
  const shown = lines.length > 0 ? lines.map((line) => `    ${line}`).join('\n') : '    (it wrote nothing)';
  return `  pod ${name} is ${status}; it wrote last:\n${shown}`;
}

/** What to do next if nothing listens at the gateway yet. */
export function bareHint(apps: readonly App[]): string {
  const rows = apps.flatMap(({ start: [first] }) =>
    first === undefined ? [] : [[`    kubectl apply -f ${first}`, 'open the gateway']],
  );
  const pages = apps.flatMap(({ start: [first] }) =>
    first === undefined ? [] : [join(dirname(first), 'README.md')],
  );
  const commands = formatColumns([['    make shell', 'a shell with kubectl for this mesh'], ...rows]);
  return `No Istio resource is applied yet, so nothing listens at the gateway. Next:
${commands}and so on with ${pages.join(', ')}.
`;
}

/** The answers to real requests through the gateway. */
export async function firstAnswers(
  context: CliContext,
  overview: Overview,
  questions: readonly FirstQuestion[],
): Promise<string> {
  const answers: string[] = [];
  for (const question of questions) answers.push(await firstAnswer(context, overview, question));
  return answers.join('\n');
}

async function firstAnswer(
  context: CliContext,
  { urls, gatewayUrl = '' }: Overview,
  question: FirstQuestion,
): Promise<string> {
  const at = (gateway: RegExp) => urls.find(({ name }) => gateway.test(name))?.url;
  const end = `port ${question.port}$`;
  const shown = at(new RegExp(`^gateway ${end}`)) ?? at(new RegExp(`^gateway \\S+ ${end}`)) ?? gatewayUrl;
  const { port } = new URL(shown);
  const command =
    'line' in question
      ? `echo ${question.line} | nc localhost ${port}`
      : `curl ${new URL(question.path, shown)}`;
  try {
    const text =
      'line' in question
        ? await context.sendLine(Number(port), question.line)
        : await page(context, new URL(question.path, shown).href, question.show);
    return `$ ${command}\n${text.endsWith('\n') ? text : `${text}\n`}`;
  } catch (error) {
    return `$ ${command}\nno answer: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

async function page(context: CliContext, url: string, show: 'all' | 'title'): Promise<string> {
  const { status, text } = await context.fetchText(url);
  const title = show === 'title' ? /<title>.*?<\/title>/s.exec(text)?.[0] : undefined;
  const shown = title ?? text;
  return status === 200 ? shown : `${shown}${shown.endsWith('\n') ? '' : '\n'}(status ${status})\n`;
}

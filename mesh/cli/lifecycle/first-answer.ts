import { dirname, join } from 'node:path';
import type { CliContext } from '#mesh/cli/context.ts';
import type { App, FirstQuestion } from '#mesh/cli/lifecycle/apps.ts';
import { formatColumns } from '#mesh/cli/output/columns.ts';
import type { Overview } from '#mesh/run/api.ts';

/** What to do when nothing listens at the gateway yet. */
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
  const shown = urls.find(({ name }) => name === `gateway port ${question.port}`)?.url ?? gatewayUrl;
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

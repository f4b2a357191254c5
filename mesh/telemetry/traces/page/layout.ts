import { readFileSync } from 'node:fs';
import { type Html, html } from '#mesh/serve/html.ts';
import type { Answer } from '#mesh/telemetry/traces/server/answer.ts';
import { baseStyle, contentSecurityPolicy, wholePage } from '#platform/page/page.ts';

const sheets = ['page.css', 'form.css', 'list.css', 'waterfall.css'].map(source);
const style = [baseStyle, ...sheets].join('\n');
const scripts = { list: source('list.js'), trace: source('trace.js') };
const policy = contentSecurityPolicy({ styles: [style], scripts: Object.values(scripts) });

export interface Page {
  readonly title: string;
  readonly script?: keyof typeof scripts;
  readonly body: Html;
  readonly status?: number;
  /** Whether it is read at the console's port: then it has the console's bar. */
  readonly inConsole?: boolean;
}

/** A whole page; it works without its script. */
export function pageAnswer({ title, script, body, status = 200, inConsole = false }: Page): Answer {
  return {
    status,
    type: 'text/html',
    body: wholePage({
      title: html`${title}`.text,
      style,
      body: inConsole ? `${CONSOLE_BAR}${body.text}` : body.text,
      script: script && scripts[script],
    }),
    headers: { 'content-security-policy': policy },
  };
}

const CONSOLE_BAR = `<div class="console-bar"><b>mesh101</b><nav aria-label="Views">${[
  'Graph',
  'Charts',
  'Policies',
  'Pods',
  'Walkthroughs',
]
  .map((view) => `<a href="/#/${view.toLowerCase()}">${view}</a>`)
  .join('')}<a href="/traces/" aria-current="page">Traces</a></nav></div>
`;

function source(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

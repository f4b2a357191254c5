import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Html, html, trusted } from '#mesh/traces/page/html.ts';
import type { Answer } from '#mesh/traces/server/answer.ts';

const style = ['page.css', 'form.css', 'list.css', 'waterfall.css'].map(source).join('\n');
const scripts = { list: source('list.js'), trace: source('trace.js') };

/** Lets a page run its own script and style, and reach nothing but the collector that sent it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `script-src ${Object.values(scripts).map(hashOf).join(' ')}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface Page {
  readonly title: string;
  readonly script?: keyof typeof scripts;
  readonly body: Html;
  readonly status?: number;
}

/** A whole page; it works without its script. */
export function pageAnswer({ title, script, body, status = 200 }: Page): Answer {
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
${body}
${script && html`<script type="module">${trusted(scripts[script])}</script>`}
</body>
</html>
`;
  return {
    status,
    type: 'text/html',
    body: text.text,
    headers: { 'content-security-policy': contentSecurityPolicy },
  };
}

function source(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

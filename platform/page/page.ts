import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The colours and the layout that every page begins with; a page's own sheets come after it. */
export const baseStyle = readFileSync(new URL('page.css', import.meta.url), 'utf8');

export interface InlineSources {
  /** The text of each `<style>`. */
  readonly styles: readonly string[];
  /** The text of each `<script>`. */
  readonly scripts?: readonly string[];
}

/** A Content-Security-Policy that lets a page run its own styles and scripts, and reach only the server that sent it. */
export function contentSecurityPolicy({ styles, scripts = [] }: InlineSources): string {
  return [
    "default-src 'none'",
    ...(scripts.length > 0 ? [`script-src ${scripts.map(hashOf).join(' ')}`, "connect-src 'self'"] : []),
    `style-src ${styles.map(hashOf).join(' ')}`,
    'img-src data:',
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The parts of a page as HTML. Their author must escape whatever comes from outside. */
export interface PageParts {
  readonly title: string;
  readonly style: string;
  readonly body: string;
  /** A module that runs in the page; the page works without it. */
  readonly script?: string | undefined;
}

/** A whole page that needs no other file. */
export function wholePage({ title, style, body, script }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body}
${script === undefined ? '' : `<script type="module">${script}</script>\n`}</body>
</html>
`;
}

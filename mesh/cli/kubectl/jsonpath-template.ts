import { CommandFailure } from '#mesh/cli/command-failure.ts';

/** kubectl's JSONPath template: text around expressions in braces (kubernetes.io/docs/reference/kubectl/jsonpath). */
export type TemplateNode =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'range'; readonly path: string; readonly body: readonly TemplateNode[] };

type Token = TemplateNode | { readonly type: 'end' };

/** Reads a template. Without braces it is text, as for kubectl. */
export function parseTemplate(template: string): readonly TemplateNode[] {
  const { nodes, rest } = parseNodes(tokenize(template));
  if (rest.length > 0) throw malformed(template, '{end} without {range}');
  return nodes;
}

function parseNodes(tokens: readonly Token[]): { nodes: readonly TemplateNode[]; rest: readonly Token[] } {
  const nodes: TemplateNode[] = [];
  let rest = tokens;
  for (let token = rest[0]; token && token.type !== 'end'; token = rest[0]) {
    rest = rest.slice(1);
    if (token.type !== 'range') {
      nodes.push(token);
      continue;
    }
    const body = parseNodes(rest);
    if (body.rest[0]?.type !== 'end') throw malformed(`{range ${token.path}}`, '{range} without {end}');
    nodes.push({ ...token, body: body.nodes });
    rest = body.rest.slice(1);
  }
  return { nodes, rest };
}

function tokenize(template: string): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < template.length) {
    const open = template.indexOf('{', position);
    const text = template.slice(position, open < 0 ? undefined : open);
    if (text) tokens.push({ type: 'text', text });
    if (open < 0) break;
    const close = closingBrace(template, open);
    tokens.push(...expressionTokens(template.slice(open + 1, close).trim()));
    position = close + 1;
  }
  return tokens;
}

/** A brace inside of quotes does not close. */
function closingBrace(template: string, open: number): number {
  let quote = '';
  for (let index = open + 1; index < template.length; index += 1) {
    const letter = template[index] ?? '';
    if (letter === '\\') index += 1;
    else if (quote) quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '}') return index;
  }
  throw malformed(template, 'unclosed action');
}

function expressionTokens(expression: string): readonly Token[] {
  if (expression === '') return [];
  if (expression === 'end') return [{ type: 'end' }];
  const [, rangePath] = /^range\s+(.+)$/s.exec(expression) ?? [];
  if (rangePath !== undefined) return [{ type: 'range', path: rangePath, body: [] }];
  const [, literal] =
    /^(?:"((?:[^"\\]|\\.)*)")$/s.exec(expression) ?? /^(?:'((?:[^'\\]|\\.)*)')$/s.exec(expression) ?? [];
  if (literal !== undefined) return [{ type: 'text', text: unescaped(literal) }];
  return [{ type: 'path', path: expression }];
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unescaped(literal: string): string {
  return literal.replace(/\\(.)/gs, (_, letter: string) => escapes[letter] ?? letter);
}

function malformed(template: string, reason: string): CommandFailure {
  return new CommandFailure(`error: error parsing jsonpath ${template}, ${reason}`);
}

import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { YamlPath } from '#mesh/load/document.ts';
import type { VirtualService } from '#mesh/schema/resource.ts';

/** IST0106: a `regex` that Envoy's RE2 cannot compile. */
export const regularExpressions: Rule = (analysis) =>
  analysis
    .of('VirtualService')
    .flatMap((virtualService) =>
      expressionsIn(virtualService.spec.http, ['spec', 'http']).flatMap(({ text, path }) =>
        invalid({ virtualService, text, path }),
      ),
    );

interface Expression {
  readonly text: string;
  readonly path: YamlPath;
}

function expressionsIn(value: unknown, path: YamlPath): readonly Expression[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => expressionsIn(item, [...path, index]));
  return Object.entries(value).flatMap(([name, member]) => {
    const here = [...path, name];
    const isExpression = name === 'regex' || here.slice(-2).join('.') === 'uriRegexRewrite.match';
    return isExpression && typeof member === 'string'
      ? [{ text: member, path: here }]
      : expressionsIn(member, here);
  });
}

function invalid(found: Expression & { virtualService: VirtualService }): readonly Diagnostic[] {
  const problem = re2Problem(found.text);
  if (problem === undefined) return [];
  const message = `\`${found.text}\` is not a regular expression that Envoy takes: ${problem}`;
  const fix = 'write it in RE2 syntax (https://github.com/google/re2/wiki/Syntax)';
  return [diagnose(found.virtualService, found.path, { code: 'IST0106', message, fix })];
}

/** RE2 has no look-around and no back-references; its inline flags and named groups are not JavaScript's. */
function re2Problem(text: string): string | undefined {
  if (/\(\?<?[=!]/.test(text)) return 'RE2 has no look-ahead and look-behind';
  if (/(?<!\\)(\\\\)*\\[1-9]/.test(text)) return 'RE2 has no back-references';
  try {
    new RegExp(
      text
        .replaceAll('(?P<', '(?<')
        .replace(/\(\?[imsU-]+\)/g, '')
        .replace(/\(\?[imsU-]+:/g, '(?:'),
    );
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

import { JSONPath } from 'jsonpath-plus';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import { parseTemplate, type TemplateNode } from '#mesh/cli/kubectl/jsonpath-template.ts';
import { sortKeys } from '#mesh/cli/output/data.ts';

/** What `kubectl get -o jsonpath=TEMPLATE` prints of an object or List. A path that leads nowhere prints nothing. */
export function evaluateTemplate(template: string, root: object): string {
  return render(parseTemplate(template), { root, current: root });
}

interface Scope {
  readonly root: object;
  /** The item of the innermost range. */
  readonly current: unknown;
}

function render(nodes: readonly TemplateNode[], scope: Scope): string {
  return nodes.map((node) => renderNode(node, scope)).join('');
}

function renderNode(node: TemplateNode, scope: Scope): string {
  if (node.type === 'text') return node.text;
  const found = select(node.path, scope);
  if (node.type === 'path') return found.map(formatValue).join(' ');
  return found.map((current) => render(node.body, { root: scope.root, current })).join('');
}

function select(path: string, { root, current }: Scope): readonly unknown[] {
  if (path === '@' || path === '.') return [current];
  const json = path.startsWith('$') ? root : current;
  if (typeof json !== 'object' || json === null) return [];
  try {
    return JSONPath({ path: standardPath(path), json, wrap: true, eval: 'safe' }) as unknown[];
  } catch (error) {
    throw new CommandFailure(`error: error parsing jsonpath {${path}}`, { cause: error });
  }
}

/**
 * kubectl's path in the standard's notation. Dots of a key are `\.` there, with or without quotes; the last item is
 * `[-1]`; filters compare with `@`, as everywhere.
 */
function standardPath(path: string): string {
  const rooted = path.replace(/^[$@]/, '').replace(/^(?=[^.[])/, '.');
  const escapedKey = /\.((?:[^.[\]\\]|\\.)*\\\.(?:[^.[\]\\]|\\.)*)/g;
  const standard = rooted
    .replace(/\['([^']*)'\]/g, (_, key: string) => `['${key.replaceAll('\\', '')}']`)
    .replace(escapedKey, (_, key: string) => `['${key.replaceAll('\\', '')}']`)
    .replace(/\[(-\d+)\]/g, '[$1:]');
  return `$${standard}`;
}

function formatValue(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(sortKeys(value)) : String(value);
}

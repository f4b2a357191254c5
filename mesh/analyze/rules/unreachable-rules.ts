import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { VirtualService } from '#mesh/schema/resource.ts';

/**
 * IST0130: a rule behind one that takes every request, or all of whose matches stand in earlier rules; IST0131: a
 * single match that does.
 */
export const unreachableRules: Rule = (analysis) => analysis.of('VirtualService').flatMap(unreachable);

function unreachable(virtualService: VirtualService): readonly Diagnostic[] {
  const rules = virtualService.spec.http;
  const catchAll = rules.findIndex(({ match }) => match.length === 0);
  const reachable = catchAll === -1 ? rules.length : catchAll + 1;
  const behind = rules.slice(reachable).map((_, offset) =>
    diagnose(virtualService, ['spec', 'http', reachable + offset], {
      severity: 'warning',
      code: 'IST0130',
      message: `this rule is never used: the rule before it (${ruleName(virtualService, catchAll)}) has no \`match\` and takes every request`,
      fix: 'move the rule without `match` to the end',
    }),
  );
  return [...repeatedMatches(virtualService, reachable), ...behind];
}

function repeatedMatches(virtualService: VirtualService, reachable: number): readonly Diagnostic[] {
  const seen = new Map<string, number>();
  return virtualService.spec.http.slice(0, reachable).flatMap(({ match }, index) => {
    const repeated = match.flatMap((condition, item) => {
      const { name: _, ...conditions } = condition;
      const key = JSON.stringify(conditions);
      const earlier = seen.get(key);
      if (earlier === undefined) seen.set(key, index);
      return earlier === undefined ? [] : [{ item, earlier }];
    });
    if (repeated.length === 0) return [];
    if (repeated.length === match.length) return [neverUsed(virtualService, index)];
    return repeated.map((found) => ineffective({ virtualService, index, ...found }));
  });
}

function neverUsed(virtualService: VirtualService, index: number): Diagnostic {
  return diagnose(virtualService, ['spec', 'http', index], {
    severity: 'warning',
    code: 'IST0130',
    message: 'this rule is never used: earlier rules have all of its matches',
    fix: 'change its `match`, move it up, or remove it',
  });
}

interface Ineffective {
  readonly virtualService: VirtualService;
  readonly index: number;
  readonly item: number;
  readonly earlier: number;
}

function ineffective({ virtualService, index, item, earlier }: Ineffective): Diagnostic {
  return diagnose(virtualService, ['spec', 'http', index, 'match', item], {
    severity: 'info',
    code: 'IST0131',
    message: `this match is never used: ${ruleName(virtualService, earlier)} has the same`,
    fix: 'change or remove it',
  });
}

function ruleName(virtualService: VirtualService, index: number): string {
  return virtualService.spec.http[index]?.name ?? `spec.http[${index}]`;
}

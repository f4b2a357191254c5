import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { HttpRoute } from '#mesh/schema/istio/virtual-service/http-route.ts';

/** IST0106: what Istio's own validation refuses about the action of an HTTP rule. */
export const routeAction: Rule = (analysis) =>
  analysis.of('VirtualService').flatMap((virtualService) =>
    virtualService.spec.http.flatMap((rule, index) =>
      problemsOf(rule).map(({ field, message, fix }) =>
        diagnose(virtualService, ['spec', 'http', index, ...(field ? [field] : [])], {
          code: 'IST0106',
          message,
          fix,
        }),
      ),
    ),
  );

interface Found {
  readonly field?: keyof HttpRoute;
  readonly message: string;
  readonly fix: string;
}

function problemsOf(rule: HttpRoute): readonly Found[] {
  return [...noAction(rule), ...exclusive(rule), ...disabledRetries(rule)];
}

function noAction(rule: HttpRoute): readonly Found[] {
  // `delegate` is an action as well; the schema has said already that it is not carried out.
  if (rule.route.length > 0 || rule.redirect || rule.directResponse || 'delegate' in rule) return [];
  return [
    {
      message: 'the rule says nothing of where requests go',
      fix: 'add `route`, `redirect` or `directResponse`',
    },
  ];
}

const exclusions: readonly (readonly [keyof HttpRoute, keyof HttpRoute])[] = [
  ['redirect', 'route'],
  ['redirect', 'directResponse'],
  ['redirect', 'fault'],
  ['redirect', 'rewrite'],
  ['directResponse', 'route'],
  ['directResponse', 'fault'],
  ['directResponse', 'rewrite'],
  ['mirror', 'mirrors'],
];

function exclusive(rule: HttpRoute): readonly Found[] {
  return exclusions
    .filter(([left, right]) => isSet(rule[left]) && isSet(rule[right]))
    .map(([left, right]) => ({
      field: right,
      message: `a rule cannot have both \`${left}\` and \`${right}\``,
      fix: 'remove one of them',
    }));
}

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

function disabledRetries({ retries }: HttpRoute): readonly Found[] {
  if (retries?.attempts !== 0) return [];
  const { perTryTimeout, retryOn, retryRemoteLocalities } = retries;
  if (!isSet(perTryTimeout) && !isSet(retryOn) && !isSet(retryRemoteLocalities)) return [];
  return [
    {
      field: 'retries',
      message: '`attempts: 0` switches retries off, so the other retry settings contradict it',
      fix: 'give `attempts` a number above 0, or remove the other settings',
    },
  ];
}

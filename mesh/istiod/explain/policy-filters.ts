import type { EnvoyConfig } from '#mesh/istiod/envoy/config.ts';
import type { JsonObject } from '#mesh/istiod/envoy/json.ts';
import { rbacVerdict, type Verdict, type Visit } from '#mesh/istiod/explain/authorization.ts';
import type { Metadata } from '#mesh/istiod/explain/matchers.ts';
import { listAt, objectAt, textAt } from '#mesh/istiod/explain/read.ts';
import type { SimulatedRequest } from '#mesh/istiod/explain/request.ts';
import { checkTokens } from '#mesh/istiod/explain/tokens.ts';
import { NO_POLICIES, type WorkloadPolicies } from '#mesh/istiod/model/policy.ts';

/** A request behind a proxy's policies. */
export interface Judged {
  /** Absent where no policy has a say. */
  readonly verdict?: Verdict;
  readonly request: SimulatedRequest;
  /** What tokens claim, for routes that ask for it. */
  readonly metadata: Metadata;
}

export interface JudgeOptions {
  readonly visit: Omit<Visit, 'metadata'>;
  /** Where the policies stand that the filters carry out. */
  readonly policies?: WorkloadPolicies | undefined;
  /** Milliseconds: tokens end. */
  readonly now: number;
}

/** What the filters that an Envoy discovers for its policies make of a request. */
export function judgeRequest({ filters = {} }: Pick<EnvoyConfig, 'filters'>, options: JudgeOptions): Judged {
  const chains = Object.values(filters).map((chain) => listAt(chain, 'default_filter_chain', 'filters'));
  return judge(chains.flat(), options);
}

/** The same for the network filters of a chain whose bytes nobody reads. */
export function judge(filters: readonly JsonObject[], options: JudgeOptions): Judged {
  const { policies = NO_POLICIES, now } = options;
  let state: Judged = { request: options.visit.request, metadata: {} };
  for (const { typed_config: config } of filters) {
    const step = { ...options.visit, request: state.request, metadata: state.metadata };
    const next = STEPS.get(typeOf(config as JsonObject))?.(config as JsonObject, {
      visit: step,
      policies,
      now,
    });
    if (!next) continue;
    state = { ...state, ...next, ...merged(state.verdict, next.verdict) };
    if (state.verdict?.allowed === false) return state;
  }
  return state;
}

/** A policy that lets a request pass says more than that none refuses it. */
function merged(before: Verdict | undefined, after: Verdict | undefined): Partial<Judged> {
  const verdict = after && (!after.allowed || after.by.length > 0) ? after : (before ?? after);
  return verdict ? { verdict } : {};
}

interface Step {
  readonly visit: Visit;
  readonly policies: WorkloadPolicies;
  readonly now: number;
}

type Carried = (filter: JsonObject, step: Step) => Partial<Judged>;

const rbac: Carried = (filter, { visit, policies }) => {
  const rules = objectAt(filter, 'rules');
  const verdict = rules && rbacVerdict(rules, visit, policies);
  return verdict ? { verdict } : {};
};

const tokens: Carried = (filter, { visit, now }) => {
  const checked = checkTokens(filter, visit.request, now);
  if ('request' in checked) return checked;
  const { status, why } = checked;
  return { verdict: { allowed: false, tokenStatus: status, why, by: [] } };
};

const STEPS: ReadonlyMap<string, Carried> = new Map([
  ['envoy.extensions.filters.http.rbac.v3.RBAC', rbac],
  ['envoy.extensions.filters.network.rbac.v3.RBAC', rbac],
  ['envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication', tokens],
]);

function typeOf(config: JsonObject): string {
  return (textAt(config, '@type') ?? '').replace('type.googleapis.com/', '');
}

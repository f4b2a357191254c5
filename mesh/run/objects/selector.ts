/** A kubectl label selector: `app=frontend,version!=canary`, `app`, `!app`, `version in (prod, canary)`. */
export function matchesSelector(selector: string, labels: Readonly<Record<string, string>>): boolean {
  return requirements(selector).every((requirement) => matches(requirement, labels));
}

/** Commas separate requirements, except within parentheses. */
function requirements(selector: string): string[] {
  return (selector.match(/[^,(]+(\([^)]*\))?/g) ?? []).map((part) => part.trim()).filter(Boolean);
}

function matches(requirement: string, labels: Readonly<Record<string, string>>): boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(requirement);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const value = labels[key];
    const within = value !== undefined && list.split(',').some((item) => item.trim() === value);
    return operator === 'in' ? within : !within;
  }
  const comparison = /^([^!=]+?)\s*(!=|==?)\s*(.*)$/.exec(requirement);
  if (comparison) {
    const [, key = '', operator, value] = comparison;
    return operator === '!=' ? labels[key] !== value : labels[key] === value;
  }
  return requirement.startsWith('!') ? !(requirement.slice(1) in labels) : requirement in labels;
}

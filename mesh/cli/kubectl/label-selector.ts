import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { Labels } from '#mesh/model/pod.ts';

/** Whether an object with these labels is selected. */
export type LabelSelector = (labels: Labels) => boolean;

const set = /^([\w./-]+)\s+(in|notin)\s+\(([^()]*)\)$/;
const equality = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/;
const existence = /^(!?)\s*([\w./-]+)$/;

/** kubectl's `-l`: requirements joined by commas, all of which must hold: `a=b`, `a!=b`, `a in (b,c)`, `a`, `!a`. */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = splitRequirements(text).map(parseRequirement);
  return (labels) => requirements.every((holds) => holds(labels));
}

/** Commas inside of parentheses belong to a set. */
function splitRequirements(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter(Boolean);
}

function parseRequirement(text: string): LabelSelector {
  const [, setKey, setOperator, members] = set.exec(text) ?? [];
  if (setKey !== undefined && members !== undefined) {
    const values = members.split(',').map((value) => value.trim());
    const isMember: LabelSelector = (labels) => {
      const value = labels[setKey];
      return value !== undefined && values.includes(value);
    };
    return setOperator === 'in' ? isMember : (labels) => !isMember(labels);
  }
  const [, key, operator, value] = equality.exec(text) ?? [];
  if (key !== undefined) return (labels) => (labels[key] === value) === (operator !== '!=');
  const [, negation, label] = existence.exec(text) ?? [];
  if (label !== undefined) return (labels) => label in labels === (negation === '');
  throw new CommandFailure(
    `error: unable to parse the label selector "${text}"; use key=value, key!=value, "key in (a,b)", "key notin (a,b)", key or !key`,
  );
}

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ApiError } from '#mesh/apiserver/api-error.ts';
import { Kinds } from '#mesh/apiserver/kinds/kinds.ts';
import { type DraftObject, isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';

const folder = new URL('cases/', import.meta.url);
const cases = readdirSync(folder)
  .filter((file) => file.endsWith('.in.yaml'))
  .map((file) => file.slice(0, -'.in.yaml'.length));
const now = new Date('2026-01-02T03:04:05Z');
const kinds = new Kinds();

interface Case {
  readonly apiVersion: string;
  readonly kind: string;
  readonly steps: readonly Step[];
}

interface Step {
  readonly operation: 'Apply' | 'Update';
  readonly manager: string;
  readonly subresource?: string;
  readonly force?: boolean;
  readonly object: DraftObject;
}

function read<Content>(name: string): Content {
  return parse(readFileSync(new URL(name, folder), 'utf8')) as Content;
}

function after(live: KubernetesObject | undefined, step: Step): KubernetesObject {
  const { object, operation, force = false, ...who } = step;
  const type = kinds.types.ofKind(object.apiVersion, object.kind);
  if (!type) throw new Error(`no kind ${object.kind}`);
  const server = { uid: '1', resourceVersion: '1' };
  const whole = (draft: DraftObject) => {
    // The defaults of a CRD come from its schema, later on.
    const filled = kinds.shape(type)?.native ? kinds.defaulted(draft, type) : draft;
    return { ...filled, metadata: { ...filled.metadata, ...server } } as KubernetesObject;
  };
  return operation === 'Apply'
    ? whole(kinds.applied(live, object, { ...who, type, force, now }))
    : kinds.updated({ ...who, before: live, after: whole(object), now });
}

/** Without what Go shows of fields that are empty. */
function withoutEmpty(value: unknown): unknown {
  if (!isObject(value)) return Array.isArray(value) ? value.map(withoutEmpty) : value;
  const kept = Object.entries(value)
    .map(([name, inner]): [string, unknown] => [name, withoutEmpty(inner)])
    .filter(([, inner]) => inner !== null && !(isObject(inner) && Object.keys(inner).length === 0));
  return Object.fromEntries(kept);
}

function answerOf({ metadata, ...rest }: KubernetesObject): unknown {
  const { managedFields = [], uid: _, resourceVersion: __, ...named } = metadata;
  const managers = managedFields
    .map(({ time: ___, fieldsType: ____, ...entry }) => entry)
    .sort((left, right) => (left.operation + left.manager < right.operation + right.manager ? -1 : 1));
  return { ...(managers.length > 0 && { managers }), object: withoutEmpty({ ...rest, metadata: named }) };
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof ApiError)) throw error;
  const causes = error.details?.causes?.toSorted((left, right) =>
    `${left.field}${left.message}` < `${right.field}${right.message}` ? -1 : 1,
  );
  return { error: error.message, ...(causes && { causes }) };
}

/** What the *.in.yaml files ask, Kubernetes' own code has answered: `make shapes` writes the *.out.yaml files. */
describe('field managers', () => {
  it.each(cases)('%s', (name) => {
    const { steps } = read<Case>(`${name}.in.yaml`);
    let live: KubernetesObject | undefined;
    const answers = steps.map((step) => {
      try {
        live = after(live, step);
        return answerOf(live);
      } catch (error) {
        return refusalOf(error);
      }
    });
    expect(answers).toEqual(read(`${name}.out.yaml`));
  });
});

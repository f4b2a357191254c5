import { resolve } from '#mesh/apiserver/shapes/definitions.ts';
import type { Schema } from '#mesh/apiserver/shapes/schema.ts';
import type { Shape } from '#mesh/apiserver/shapes/shape.ts';
import type { Cause } from '#mesh/apiserver/validation/cause.ts';
import { applyDefaults } from '#mesh/apiserver/validation/defaults.ts';
import { validateShape } from '#mesh/apiserver/validation/shape.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { ManifestDocument, YamlPath } from '#mesh/istiod/config/load/document.ts';
import {
  describeValue,
  fieldNames,
  fieldPath,
  memberOf,
  schemaAt,
  stepsOf,
  valueAt,
} from '#mesh/istiod/config/schema/field-path.ts';
import { oneOf, typeNames } from '#mesh/istiod/config/schema/issue-diagnostic.ts';
import { type Placed, quotes } from '#mesh/istiod/config/schema/resource.ts';
import { didYouMean } from '#mesh/nearest.ts';

export interface ShapeCheck {
  readonly shape: Shape;
  readonly document: ManifestDocument;
  /** The document's, with its namespace filled in. */
  readonly value: unknown;
  /** `VirtualService default/reviews`. */
  readonly resource: string;
}

/** What an object has that its official shape does not allow, each with its line and the way out. */
export function shapeDiagnostics(given: ShapeCheck): readonly Placed[] {
  // As the API server does: the rules of a definition are about objects with their defaults.
  const check = given.shape.native ? given : { ...given, value: applyDefaults(given.value, given.shape) };
  const { unknown, causes } = validateShape(check.value, check.shape);
  return [
    ...unknown
      .map(({ field }) => stepsOf(field, check.value))
      .map((path) => ({ path, diagnostic: unknownField(path, check) })),
    ...causes.flatMap((cause) => causeDiagnostic(cause, check)),
  ];
}

function unknownField(path: YamlPath, { shape, document, resource }: ShapeCheck): Diagnostic {
  const known = fieldNames(schemaAt(shape.schema, path.slice(0, -1)));
  return {
    severity: 'error',
    code: 'M101-unknown-field',
    message: `unknown field \`${fieldPath(path)}\``,
    fix: misplacedField(shape.schema, path) ?? didYouMean(String(path.at(-1)), known),
    position: document.at(path),
    resource,
  };
}

function causeDiagnostic(cause: Cause, check: ShapeCheck): readonly Placed[] {
  const { shape, document, resource, value: object } = check;
  const path = stepsOf(cause.field, object);
  const value = valueAt(object, path);
  // A field that is written without a value (`timeout:`) counts as absent.
  if (value === null) return [];
  const schema = schemaAt(shape.schema, path);
  const problem =
    value === undefined ? missing(path, schema) : wrong(cause, { name: fieldPath(path), value, schema });
  const diagnostic = { severity: 'error' as const, ...problem, position: document.at(path), resource };
  return [{ path, diagnostic }];
}

type Problem = Pick<Diagnostic, 'code' | 'message' | 'fix'>;

function missing(path: YamlPath, schema: Schema | undefined): Problem {
  return {
    code: 'M101-missing-field',
    message: `missing field \`${fieldPath(path)}\``,
    fix: `add \`${String(path.at(-1))}\`, ${typeName(schema)}`,
  };
}

interface Wrong {
  readonly name: string;
  readonly value: unknown;
  readonly schema: Schema | undefined;
}

function wrong({ reason, message }: Cause, { name, value, schema }: Wrong): Problem {
  if (reason === 'FieldValueTypeInvalid') {
    const expected = typeName(schema);
    return {
      code: 'M101-wrong-type',
      message: `\`${name}\`: expected ${expected}, found ${describeValue(value)}`,
      fix: quotes(value, schema && resolve(schema).type) ?? `write ${expected}`,
    };
  }
  const allowed = reason === 'FieldValueNotSupported' ? (schema && resolve(schema).enum) || [] : [];
  if (allowed.length > 0) {
    const message = `\`${name}\`: expected ${oneOf(allowed)}, found ${describeValue(value)}`;
    return { code: 'M101-invalid-value', message, fix: didYouMean(String(value), allowed.map(String)) };
  }
  // If the rule is about an object, there is no value to show.
  return {
    code: 'M101-invalid-value',
    message: `\`${name}\`: ${message.replace(/^Invalid value: (?!")/, '')}`,
  };
}

function typeName(schema: Schema | undefined): string {
  const { type = '', format, enum: allowed } = schema ? resolve(schema) : {};
  if (allowed !== undefined) return oneOf(allowed);
  if (format === 'int-or-string') return 'a whole number or a string';
  return typeNames[type === 'integer' ? 'int' : type] ?? 'another value';
}

/**
 * A right name at the wrong depth, the commonest slip of indentation: `perTryTimeout` beside `retries` instead of
 * under it, or `timeout` under `retries` instead of beside it.
 */
function misplacedField(schema: Schema, path: YamlPath): string | undefined {
  const name = String(path.at(-1));
  const parent = path.slice(0, -1);
  const home = below(schema, parent, name) ?? above(schema, parent, name);
  return home && `\`${name}\` belongs to \`${fieldPath(home)}\`: correct the indentation`;
}

function below(schema: Schema, parent: YamlPath, name: string): YamlPath | undefined {
  const here = schemaAt(schema, parent);
  const sibling = fieldNames(here).find((field) => fieldNames(memberOf(here, field)).includes(name));
  return sibling === undefined ? undefined : [...parent, sibling];
}

function above(schema: Schema, parent: YamlPath, name: string): YamlPath | undefined {
  const ancestors = parent.map((_, index) => parent.slice(0, parent.length - 1 - index));
  return ancestors.find(
    (ancestor) => ancestor.length > 0 && fieldNames(schemaAt(schema, ancestor)).includes(name),
  );
}

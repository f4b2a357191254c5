/** The reasons that Kubernetes gives in the causes of a 422. */
export type CauseReason =
  | 'FieldValueDuplicate'
  | 'FieldValueForbidden'
  | 'FieldValueInvalid'
  | 'FieldValueNotFound'
  | 'FieldValueNotSupported'
  | 'FieldValueRequired'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid';

/** One of `details.causes` of a 422: what is wrong with a field, in Kubernetes' words. */
export interface Cause {
  readonly reason: CauseReason;
  /** `Invalid value: "x": must be …`, without the field. */
  readonly message: string;
  /** `spec.http[0].retries.attempts`, `metadata.labels[app]`. */
  readonly field: string;
}

export function required(field: string, detail = ''): Cause {
  const message = detail === '' ? 'Required value' : `Required value: ${detail}`;
  return { reason: 'FieldValueRequired', message, field };
}

/** Without a value where it would be too much to show. */
export function invalid(field: string, value: unknown, detail: string): Cause {
  const shown = value === undefined ? '' : `${JSON.stringify(value)}: `;
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${shown}${detail}`, field };
}

export function wrongType(field: string, actual: string, wanted: string): Cause {
  const message = `Invalid value: "${actual}": ${field} in body must be of type ${wanted}: "${actual}"`;
  return { reason: 'FieldValueTypeInvalid', message, field };
}

export function unsupported(field: string, value: unknown, supported: readonly unknown[]): Cause {
  const values = supported.map((each) => JSON.stringify(each)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${values}`;
  return { reason: 'FieldValueNotSupported', message, field };
}

export function duplicate(field: string, value: unknown): Cause {
  const message = value === undefined ? 'Duplicate value' : `Duplicate value: ${JSON.stringify(value)}`;
  return { reason: 'FieldValueDuplicate', message, field };
}

export function notFound(field: string, value: unknown): Cause {
  return { reason: 'FieldValueNotFound', message: `Not found: ${JSON.stringify(value)}`, field };
}

export function forbidden(field: string, detail: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${detail}`, field };
}

export function tooLong(field: string, most: number): Cause {
  return {
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${most} ${most === 1 ? 'byte' : 'bytes'}`,
    field,
  };
}

export function tooMany(field: string, count: number, most: number): Cause {
  return {
    reason: 'FieldValueTooMany',
    message: `Too many: ${count}: must have at most ${most} ${most === 1 ? 'item' : 'items'}`,
    field,
  };
}

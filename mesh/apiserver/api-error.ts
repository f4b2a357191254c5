import type { ResourceType } from '#mesh/apiserver/resource-type.ts';

/** One reason of a 422: metav1.StatusCause. */
export interface Cause {
  /** `FieldValueRequired`, `FieldValueInvalid`, `FieldValueNotSupported`, `FieldValueDuplicate`, `FieldValueForbidden` … */
  readonly reason: string;
  /** With Kubernetes' words: `Invalid value: "x": must be …`. */
  readonly message: string;
  /** `spec.http[0].retries.attempts`. */
  readonly field: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The plural for most reasons, the kind for `Invalid`: as Kubernetes has it. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Partial<Cause>[];
  readonly retryAfterSeconds?: number;
}

/** metav1.Status. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

export interface ApiErrorOptions {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: StatusDetails;
  readonly warnings?: readonly string[];
  readonly cause?: unknown;
}

/** An answer that says no, in the form of a metav1.Status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** For `Warning` headers beside it. */
  readonly warnings: readonly string[];

  constructor({ code, reason, message, details, warnings = [], cause }: ApiErrorOptions) {
    super(message, { cause });
    this.code = code;
    this.reason = reason;
    this.details = details;
    this.warnings = warnings;
  }

  get status(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.code,
    };
  }
}

/** `deployments.apps "web"`: how Kubernetes names an object in its errors. */
function quoted({ plural, group }: ResourceType, name: string): string {
  return `${group ? `${plural}.${group}` : plural} ${JSON.stringify(name)}`;
}

function detailsOf({ plural, group }: ResourceType, name: string): StatusDetails {
  return { name, ...(group && { group }), kind: plural };
}

export function notFound(type: ResourceType, name: string): ApiError {
  const message = `${quoted(type, name)} not found`;
  return new ApiError({ code: 404, reason: 'NotFound', message, details: detailsOf(type, name) });
}

/** A path that leads to no resource at all. */
export function noSuchPath(): ApiError {
  const message = 'the server could not find the requested resource';
  return new ApiError({ code: 404, reason: 'NotFound', message, details: {} });
}

export function alreadyExists(type: ResourceType, name: string): ApiError {
  const message = `${quoted(type, name)} already exists`;
  return new ApiError({ code: 409, reason: 'AlreadyExists', message, details: detailsOf(type, name) });
}

/** @param why after the object's name: `the object has been modified; …` */
export function conflict(type: ResourceType, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${quoted(type, name)}: ${why}`;
  return new ApiError({ code: 409, reason: 'Conflict', message, details: detailsOf(type, name) });
}

export const modifiedMeanwhile =
  'the object has been modified; please apply your changes to the latest version and try again';

export function forbidden(type: ResourceType, name: string, why: string): ApiError {
  const message = `${quoted(type, name)} is forbidden: ${why}`;
  return new ApiError({ code: 403, reason: 'Forbidden', message, details: detailsOf(type, name) });
}

export function badRequest(message: string): ApiError {
  return new ApiError({ code: 400, reason: 'BadRequest', message });
}

export function gone(message: string): ApiError {
  return new ApiError({ code: 410, reason: 'Expired', message });
}

export function methodNotAllowed(): ApiError {
  const message = 'the server does not allow this method on the requested resource';
  return new ApiError({ code: 405, reason: 'MethodNotAllowed', message, details: {} });
}

export function unsupportedMediaType(message: string): ApiError {
  return new ApiError({ code: 415, reason: 'UnsupportedMediaType', message });
}

export function notAcceptable(): ApiError {
  const message =
    'only the following media types are accepted: application/json, application/yaml, application/json;stream=watch';
  return new ApiError({ code: 406, reason: 'NotAcceptable', message });
}

export function tooLarge(limit: number): ApiError {
  const message = `Request entity too large: limit is ${limit}`;
  return new ApiError({ code: 413, reason: 'RequestEntityTooLarge', message });
}

/** 422 with every cause, in the words that kubectl prints. */
export function invalid(
  { kind, group }: Pick<ResourceType, 'kind' | 'group'>,
  name: string,
  causes: readonly Cause[],
): ApiError {
  const all = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = all.length === 1 ? all[0] : `[${all.join(', ')}]`;
  return new ApiError({
    code: 422,
    reason: 'Invalid',
    message: `${group ? `${kind}.${group}` : kind} ${JSON.stringify(name)} is invalid: ${text}`,
    details: { name, ...(group && { group }), kind, causes },
  });
}

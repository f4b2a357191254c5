/** gRPC's status codes by the names that VirtualServices use (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** The number of a status given by name or number; an unknown name is UNKNOWN. */
export function grpcStatusCode(status: string): number {
  const number = Number(status);
  if (Number.isInteger(number) && NAMES[number]) {
    return number;
  }
  const code = NAMES.indexOf(status.toUpperCase());
  return code < 0 ? NAMES.indexOf('UNKNOWN') : code;
}

import { STATUS_CODES } from 'node:http';

/** A status with its phrase: `502 Bad Gateway`. */
export function statusText(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
}

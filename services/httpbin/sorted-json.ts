import type { Response } from 'express';

/** Sends JSON as httpbin writes it: keys in order, indented by two spaces, with a newline at the end. */
export function sendSorted(res: Response, value: unknown): void {
  // Express' own `send` would name a charset, which JSON does not have.
  res.setHeader('content-type', 'application/json');
  res.end(`${sortedJson(value, 2)}\n`);
}

/** The text of a value with the keys of all its objects in order. */
export function sortedJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isRecord(inner) ? inOrder(inner) : inner), indent);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inOrder(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

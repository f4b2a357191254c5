import type { Response } from 'express';

/** Sends JSON as httpbin writes it: keys in order, indented by two spaces, with a newline at the end. */
export function sendSorted(res: Response, value: unknown): void {
  // Express' own `send` would name a charset, which JSON does not have.
  res.setHeader('content-type', 'application/json');
  res.end(`${sortedJson(value, 2)}\n`);
}

/** The text of a value with the keys of all its objects in order. */
export function sortedJson(value: unknown, indent?: number): string {
  return JSON.stringify(inOrder(value), undefined, indent);
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isRecord(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, inOrder(value[name])]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

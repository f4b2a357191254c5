import type { RequestHandler } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import { validateHeaderName, validateHeaderValue } from '#platform/node-http.ts';
import { sortedJson } from '#services/httpbin/sorted-json.ts';

/** They say where the answer ends; the client must not decide that. */
const FRAMING = new Set(['connection', 'content-length', 'transfer-encoding', 'trailer', 'upgrade']);

/** `/response-headers?name=value&…`: an answer with these headers, which its body shows. */
export const responseHeaders: RequestHandler = (req, res) => {
  const given = Object.entries(req.query) as [string, string | string[]][];
  for (const [name, value] of given) check(name, [value].flat());
  const text = describe({ 'Content-Type': 'application/json', ...Object.fromEntries(given) });
  res.setHeader('content-type', 'application/json');
  for (const [name, value] of given) res.setHeader(name, value);
  res.end(text);
};

function check(name: string, values: readonly string[]): void {
  try {
    validateHeaderName(name);
    for (const value of values) validateHeaderValue(name, value);
  } catch (cause) {
    throw new RequestMistake(`${JSON.stringify(name)}: HTTP forbids this name or its value`, { cause });
  }
  if (FRAMING.has(name.toLowerCase())) throw new RequestMistake(`${name}: only the server sets this header`);
}

/** The body contains its own length, which depends on the digits of that number. */
function describe(headers: Readonly<Record<string, unknown>>): string {
  let text = '';
  let length = -1;
  while (Buffer.byteLength(text) !== length) {
    length = Buffer.byteLength(text);
    text = `${sortedJson({ ...headers, 'Content-Length': String(length) }, 2)}\n`;
  }
  return text;
}

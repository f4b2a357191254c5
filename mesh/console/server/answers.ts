import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { z } from 'zod';

/** A request that the console refuses, in a sentence for the page. */
export class ConsoleError extends Error {
  override readonly name = 'ConsoleError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface ConsoleRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** Returns the JSON to answer with, or undefined when it answers by itself. */
export type ConsoleHandler = (asked: ConsoleRequest) => Promise<unknown> | unknown;

/** From `METHOD /path` to what answers it. */
export type ConsoleRoutes = Readonly<Record<string, ConsoleHandler>>;

const COMMON = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** The page runs its own files and reaches its own server, and nothing else; no text can become a script. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ');

const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'";

export interface Body {
  readonly type: string;
  readonly text: string | Buffer;
}

export function sendBody(response: ServerResponse, { type, text }: Body, status = 200): void {
  response.writeHead(status, {
    ...COMMON,
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': type === 'text/html' ? PAGE_POLICY : DATA_POLICY,
  });
  response.end(text);
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  if (response.headersSent) return void response.end();
  sendBody(response, { type: 'application/json', text: JSON.stringify(body) }, status);
}

/** An answer that goes on: each item is a line of JSON. */
export function openLines(
  response: ServerResponse,
  type = 'application/x-ndjson',
): (item: unknown) => boolean {
  response.writeHead(200, {
    ...COMMON,
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': DATA_POLICY,
  });
  response.flushHeaders();
  return (item) =>
    response.writable && response.write(typeof item === 'string' ? item : `${JSON.stringify(item)}\n`);
}

const largestBody = 4 * 1024 * 1024;

/**
 * The JSON of a request's body, in the shape that it must have.
 * @throws ConsoleError
 */
export async function bodyOf<Shape extends z.ZodType>(
  request: IncomingMessage,
  shape: Shape,
): Promise<z.infer<Shape>> {
  if (Number(request.headers['content-length'] ?? 0) > largestBody)
    throw new ConsoleError(413, 'the body is larger than 4 MiB');
  const body = await text(request);
  const parsed = shape.safeParse(jsonOf(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConsoleError(400, `${issue?.path.join('.') || 'the body'}: ${issue?.message}`);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new ConsoleError(400, `the body is not JSON: ${(error as Error).message}`);
  }
}

/** The header in which a page shows that its user has the mesh's token. */
const TOKEN_HEADER = 'x-console-token';

/** Whether a request carries the token. Takes as long for a wrong one, wherever it differs. */
export function hasToken({ headers }: IncomingMessage, token: string): boolean {
  const given = Buffer.from(String(headers[TOKEN_HEADER] ?? ''));
  const wanted = Buffer.from(token);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

import type { Request } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import { parseJson } from '#platform/parse-json.ts';

/** What httpbin shows of a request that may have a body. */
export interface BodyView {
  /** The body as text, unless it is a form. */
  readonly data: string;
  readonly files: Readonly<Record<string, string | string[]>>;
  readonly form: Readonly<Record<string, string | string[]>>;
  /** The body as JSON; null if it is not JSON. */
  readonly json: unknown;
}

const FORM = /^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

/** Expects the body as bytes in `req.body`, where `express.raw` leaves it. */
export async function bodyOf(req: Request): Promise<BodyView> {
  const body: Buffer = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
  const type = req.headers['content-type'] ?? '';
  if (body.length > 0 && FORM.test(type)) return { data: '', json: null, ...(await formOf(body, type)) };
  return { data: asText(body), files: {}, form: {}, json: asJson(body) };
}

async function formOf(body: Buffer, type: string): Promise<Pick<BodyView, 'files' | 'form'>> {
  const headers = { 'content-type': type };
  const parsed = await new Response(new Uint8Array(body), { headers }).formData().catch((cause) => {
    throw new RequestMistake(`the body is not ${type.split(';')[0]}`, { cause });
  });
  const [form, files] = [new Map<string, string[]>(), new Map<string, string[]>()];
  for (const [name, value] of parsed) {
    if (typeof value === 'string') append(form, name, value);
    else append(files, name, asText(Buffer.from(await value.arrayBuffer())));
  }
  return { form: oneOrMany(form), files: oneOrMany(files) };
}

function append(fields: Map<string, string[]>, name: string, value: string): void {
  fields.set(name, [...(fields.get(name) ?? []), value]);
}

function oneOrMany(fields: ReadonlyMap<string, string[]>): Record<string, string | string[]> {
  const entries = [...fields].map(([name, values]) => [name, values.length === 1 ? values[0] : values]);
  return Object.fromEntries(entries);
}

/** Bytes that are not UTF-8 become a data URL. */
function asText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return `data:application/octet-stream;base64,${bytes.toString('base64')}`;
  }
}

function asJson(bytes: Buffer): unknown {
  try {
    return parseJson(bytes.toString());
  } catch {
    return null;
  }
}

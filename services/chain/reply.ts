import type { Response } from 'express';
import type { Form } from '#services/chain/form.ts';
import type { Hop } from '#services/chain/hop.ts';
import { CONTENT_SECURITY_POLICY, page, type Wishes } from '#services/chain/page/page.ts';
import { hopText } from '#services/chain/text.ts';

const TYPES: Readonly<Record<Form, string>> = {
  text: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

interface Reply {
  readonly hop: Hop;
  readonly form: Form;
  readonly requestId: string;
  readonly wishes: Omit<Wishes, 'traceUrl'>;
  /** Where a browser reads the trace of the request. */
  readonly traceUrl: string | undefined;
}

/** Sends the one answer of a hop. */
export function reply(res: Response, { hop, form, requestId, wishes, traceUrl }: Reply): void {
  const body = written({ hop, form, wishes, traceUrl });
  if (form === 'html') protectPage(res);
  if (form === 'json' && traceUrl !== undefined) res.setHeader('x-trace-page', traceUrl);
  const bytes = Buffer.byteLength(body);
  res.writeHead(hop.status, {
    'content-type': TYPES[form],
    'content-length': bytes,
    'cache-control': 'no-store',
    'x-request-id': requestId,
  });
  // As many bytes as characters is ASCII: the same in both encodings, and much faster to write in this one.
  res.end(body, bytes === body.length ? 'latin1' : 'utf8');
}

/** Only the page is for browsers; no other form needs these, and each header costs every hop some time. */
function protectPage(res: Response): void {
  res.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
  res.setHeader('x-content-type-options', 'nosniff');
}

function written({ hop, form, wishes, traceUrl }: Omit<Reply, 'requestId'>): string {
  if (form === 'text') return hopText(hop);
  return form === 'json' ? `${JSON.stringify(hop, null, 2)}\n` : page(hop, { ...wishes, traceUrl });
}

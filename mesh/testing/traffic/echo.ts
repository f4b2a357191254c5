import { z } from 'zod';
import type { ReceivedRequest } from '#mesh/istiod/explain/explanation.ts';

const text = z.union([z.string(), z.array(z.string()).transform((all) => all.join(','))]);
const echo = z.object({
  headers: z.record(z.string(), text),
  path: z.string().optional(),
  url: z.string().optional(),
  host: z.string().optional(),
});
const inRequest = z.object({ request: echo }).transform(({ request }) => request);
/** As stand-ins answer. */
const inReceived = z.object({ received: echo }).transform(({ received }) => received);
const either = z.union([inReceived, inRequest, echo]);

/** What a workload says that it received, where its answer is an echo: a JSON object with `headers`, and `path` or `url`. */
export function receivedBy(body: string): ReceivedRequest | undefined {
  const parsed = either.safeParse(json(body));
  if (!parsed.success) return undefined;
  const { path, url, host } = parsed.data;
  const headers = Object.fromEntries(
    Object.entries(parsed.data.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const asked = url === undefined ? undefined : URL.parse(url, 'http://unknown');
  return {
    path: path ?? (asked ? asked.pathname + asked.search : ''),
    host: (headers['host'] ?? host ?? asked?.host ?? '').replace(/:\d+$/, ''),
    headers,
  };
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

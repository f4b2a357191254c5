import type { RequestHandler, Response } from 'express';
import { RequestMistake } from '#platform/error-answer.ts';
import type { Random } from '#platform/random.ts';
import { pathPart } from '#services/httpbin/parameters.ts';

interface WeightedCode {
  readonly code: number;
  readonly weight: number;
}

/** `/status/418`, `/status/200,503` (one of them), `/status/200:3,503:1` (with weights). */
export function status(random: Random): RequestHandler {
  return (req, res) => {
    const codes = parseCodes(pathPart(req, 'codes'));
    if (!codes) {
      throw new RequestMistake(
        'Invalid status code: must be 200 to 599, several with commas between them, each with a weight if you like (200:3,503:1)',
      );
    }
    send(res, choose(codes, random()));
  };
}

function parseCodes(text: string): WeightedCode[] | undefined {
  const codes = text.split(',').map((part) => {
    const [, code, weight = '1'] = /^([2-5]\d\d)(?::(\d{1,6}(?:\.\d+)?))?$/.exec(part.trim()) ?? [];
    return { code: Number(code), weight: Number(weight) };
  });
  const sum = codes.reduce((total, { weight }) => total + weight, 0);
  return codes.length <= 100 && codes.every(({ code }) => code > 0) && sum > 0 ? codes : undefined;
}

/** @param at from 0 to 1 */
function choose(codes: readonly WeightedCode[], at: number): number {
  let left = at * codes.reduce((total, { weight }) => total + weight, 0);
  for (const { code, weight } of codes) {
    left -= weight;
    if (left < 0) return code;
  }
  return codes.at(-1)?.code ?? 200;
}

const REDIRECTS = new Set([301, 302, 303, 305, 307]);

/** Some statuses mean nothing without a header. */
function send(res: Response, code: number): void {
  res.status(code);
  if (REDIRECTS.has(code)) res.set('location', '/redirect/1');
  if (code === 401) res.set('www-authenticate', 'Basic realm="Fake Realm"');
  if (code === 407) res.set('proxy-authenticate', 'Basic realm="Fake Realm"');
  if (code === 418) res.type('text/plain').send("I'm a teapot!\n");
  else res.type('text/html').end();
}

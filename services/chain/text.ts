import { statusText } from '#platform/error-answer.ts';
import type { Hop, UpstreamCall } from '#services/chain/hop.ts';
import { isFailure } from '#services/chain/outcome.ts';

/** How a hop's text begins; it tells a failed chain service, whose text is worth keeping, from any other answer. */
const HOP_LINE = /^\S.* - \d+\.\d{3}secs\s*$/;

/** How much of a foreign error page to show, in characters: enough to recognize it. */
const EXCERPT = 200;

/**
 * A hop as text for people. Its name and time, then each upstream's URL with its text, which goes on in the same way:
 *
 *     frontend-prod - 0.287secs
 *     http://middleware/ -> middleware-prod - 0.241secs
 *     http://backend/ -> 502 Bad Gateway - no answer: connect ECONNREFUSED 10.0.0.7:80
 *
 * The last line has the status of a failure.
 */
export function hopText({ name, tracing, seconds, message, status, error, upstreams }: Hop): string {
  const title = tracing === undefined ? name : `${name} (${tracing})`;
  let text = `${title} - ${seconds.toFixed(3)}secs\n`;
  if (message !== undefined) text += `${message}\n`;
  const several = upstreams.length > 1;
  for (const call of upstreams) {
    const answer = `${call.uri} -> ${callText(call)}`;
    // Indented, so that one can see where an upstream's own upstreams end.
    text += `${several ? answer.replaceAll('\n', '\n  ') : answer}\n`;
  }
  if (error !== undefined && upstreams.length !== 1) text += `${statusText(status)} - ${error}\n`;
  return text;
}

function callText({ status, error, answer }: UpstreamCall): string {
  if (error !== undefined) return `${statusText(status)} - ${error}`;
  const body = typeof answer === 'string' ? answer.trimEnd() : JSON.stringify(answer);
  if (!isFailure(status) || HOP_LINE.test(firstLine(body))) return body;
  return body === ''
    ? statusText(status)
    : `${statusText(status)} - ${JSON.stringify(body.slice(0, EXCERPT))}`;
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end === -1 ? text : text.slice(0, end);
}

import { badRequest } from '#mesh/apiserver/api-error.ts';
import type { CallHandler } from '#mesh/apiserver/http/handle.ts';
import type { LogFile } from '#mesh/kubelet/process/log-file.ts';
import { containerOf, programOf } from '#mesh/run/api-server/container-of.ts';
import type { LocalMesh } from '#mesh/run/apply/local-mesh.ts';

export interface LogCallsOptions {
  readonly mesh: LocalMesh;
  /** The runner's own log, which is the control plane's. */
  readonly own: LogFile;
}

/** GET pods/NAME/log: `container`, `follow`, `tailLines`, `previous`, `limitBytes`, `sinceSeconds`, `sinceTime`, `timestamps`. */
export function logCalls({ mesh, own }: LogCallsOptions): CallHandler {
  return ({ namespace = '', name = '', query, response }) => {
    const named = containerOf(mesh, { namespace, pod: name, container: query.get('container') });
    const program = programOf(named);
    const log = program?.log ?? own;
    if (isTrue(query, 'previous')) {
      const range = program?.previousRange;
      if (range === undefined) {
        throw badRequest(`previous terminated container "${named.container}" in pod "${name}" not found`);
      }
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end(selected({ log, ...range }, query));
      return;
    }
    const text = selected({ log, from: program?.outputStart ?? 0, to: log.size }, query);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(text);
    if (!isTrue(query, 'follow')) {
      response.end();
      return;
    }
    follow(log, { response, isOver: () => named.pod.terminating && program?.state === 'stopped' });
  };
}

interface Following {
  readonly response: Parameters<CallHandler>[0]['response'];
  /** Whether nothing will be written any more. */
  readonly isOver: () => boolean;
}

function follow(log: LogFile, { response, isOver }: Following): void {
  const end = log.follow((text) => response.write(text));
  const watching = setInterval(() => isOver() && response.end(), 200);
  response.once('close', () => {
    end();
    clearInterval(watching);
  });
}

function isTrue(query: URLSearchParams, name: string): boolean {
  return ['1', 'true'].includes(query.get(name) ?? '');
}

/** A part of a log: positions in it. */
interface Part {
  readonly log: LogFile;
  readonly from: number;
  readonly to: number;
}

/** @throws ApiError 400 */
function selected(part: Part, query: URLSearchParams): string {
  const [tail, bytes] = [numberOf(query, 'tailLines'), numberOf(query, 'limitBytes')];
  const begin = beginOf(query);
  const isStamped = isTrue(query, 'timestamps');
  const all = begin !== undefined || isStamped ? timedLines(part) : plainLines(part);
  const first = begin === undefined ? 0 : all.findIndex(({ at }) => at >= begin);
  const since = first < 0 ? all.length : first;
  const lines = all.slice(Math.max(since, tail === undefined ? 0 : all.length - tail));
  const text = lines
    .map(({ text: line, at }) => (isStamped ? `${new Date(at).toISOString()} ${line}` : line))
    .join('');
  return bytes === undefined ? text : Buffer.from(text).subarray(0, bytes).toString('utf8');
}

interface Line {
  /** With its end. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

function plainLines({ log, from, to }: Part): readonly Line[] {
  return (log.read(from, to).match(/[^\n]*\n|[^\n]+$/g) ?? []).map((text) => ({ text, at: 0 }));
}

/** Programs write their own times; of a line without one is known when it was seen. */
function timedLines(part: Part): readonly Line[] {
  const lines = plainLines(part);
  // Rotation may have taken the beginning away.
  let end = part.to - lines.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return lines.map(({ text }) => {
    end += Buffer.byteLength(text);
    return { text, at: timeOf(text) ?? part.log.writtenAt(end) };
  });
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw badRequest(`${name}: Invalid value: ${JSON.stringify(value)}: must be greater than or equal to 0`);
  return number;
}

/** @throws ApiError 400 */
function beginOf(query: URLSearchParams): number | undefined {
  const seconds = numberOf(query, 'sinceSeconds');
  if (seconds !== undefined) return Date.now() - seconds * 1000;
  const time = query.get('sinceTime');
  if (!time) return undefined;
  const begin = Date.parse(time);
  if (Number.isNaN(begin))
    throw badRequest(`sinceTime: Invalid value: ${JSON.stringify(time)}: must be an RFC 3339 time`);
  return begin;
}

const written = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/;

/** Milliseconds: what a line says of its time, in ISO 8601 or as pino's `"time":1700000000000`. */
function timeOf(line: string): number | undefined {
  const iso = written.exec(line)?.[0];
  const parsed = iso === undefined ? Number.NaN : Date.parse(iso);
  if (!Number.isNaN(parsed)) return parsed;
  const epoch = /"time":(\d{13})/.exec(line)?.[1];
  return epoch === undefined ? undefined : Number(epoch);
}

import { parseArgs } from 'node:util';

const NONE: string[] = [];

/** Every flag, in Go's style: one dash or two, the value after a space or a `=`. */
const FLAGS = {
  c: { type: 'string', default: '4' },
  n: { type: 'string', default: '0' },
  t: { type: 'string', default: '5s' },
  qps: { type: 'string', default: '8' },
  H: { type: 'string', multiple: true, default: NONE },
  X: { type: 'string' },
  payload: { type: 'string' },
  'content-type': { type: 'string' },
  timeout: { type: 'string', default: '3s' },
  keepalive: { type: 'string', default: 'true' },
  p: { type: 'string', default: '50,75,90,99,99.9' },
  o: { type: 'string', default: 'text' },
  json: { type: 'string' },
  'max-errors': { type: 'string' },
  'max-latency': { type: 'string', multiple: true, default: NONE },
  'min-qps': { type: 'string' },
  labels: { type: 'string', default: '' },
  loglevel: { type: 'string', default: 'Info' },
  curl: { type: 'boolean', default: false },
  quiet: { type: 'boolean', default: false },
  // Fortio's flags without an effect here.
  a: { type: 'boolean', default: false },
  r: { type: 'string' },
  stdclient: { type: 'boolean', default: false },
  'allow-initial-errors': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  h: { type: 'boolean', default: false },
} as const;

export const USAGE = `load [flags] URL: sends GET requests over some connections, each as soon as the one before is answered

  -c N              connections (4)
  -n N              requests in all, instead of a time
  -t TIME           how long, such as 30s or 2m (5s); 0 is until Ctrl-C
  -qps N            requests a second in all (8); 0 is as fast as they are answered; as fast too with -n alone
  -H 'NAME: VALUE'  a header, as often as you like; Host too
  -X METHOD         another method; POST by default where there is a payload
  -payload TEXT     a body; -content-type says of which kind
  -timeout TIME     for an answer (3s)
  -keepalive=false  a new connection for each request
  -p LIST           percentiles (50,75,90,99,99.9)
  -o text|json      how to show the result; -json FILE writes JSON beside it (-: in its place)
  -max-errors PCT   exit code 1 when more of the requests have failed, in percent
  -max-latency pN=T exit code 1 when percentile N is longer, such as p99=250ms; as often as you like
  -min-qps N        exit code 1 when fewer were answered a second
  -curl             one request, and show its answer
  -quiet, -loglevel Warning   the result alone
`;

/** The command line: a subcommand of fortio's, flags, and the rest. */
export function readFlags(args: readonly string[]) {
  const own = args[0] === 'load' || args[0] === 'curl' ? args.slice(1) : args;
  const { values, positionals } = parseArgs({
    args: own.map(doubleDash),
    options: FLAGS,
    allowPositionals: true,
    strict: true,
  });
  const set = new Set(own.map((arg) => /^--?([\w-]+)/.exec(arg)?.[1]));
  return { values: { ...values, curl: values.curl || args[0] === 'curl' }, positionals, set };
}

/** `-qps` → `--qps`, `-c=2` → `--c=2`, `-curl=true` → `--curl` */
function doubleDash(arg: string): string {
  const flag = arg.replace(/^--?(?=[A-Za-z])/, '--');
  return /^--(curl|quiet|a|stdclient|allow-initial-errors)=true$/.test(flag) ? flag.slice(0, -5) : flag;
}

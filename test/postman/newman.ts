import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { ROOT } from '#test/own-mesh.ts';

/** One run of the collection, as newman's command line reports it. */
export interface Run {
  readonly exitCode: number;
  readonly requests: number;
  readonly assertions: number;
  /** `REQUEST: TEST`, or `REQUEST: ERROR` where no answer came; each only once. */
  readonly failures: readonly string[];
  /** The statuses of all answers, in order. */
  readonly statuses: readonly number[];
}

interface Options {
  /** Where the mesh is entered. */
  readonly gatewayUrl: string;
  /** Where newman may write its report. */
  readonly directory: string;
  /** More of newman's arguments. */
  readonly more?: readonly string[];
}

/** The parts of newman's JSON report that are read here. */
interface Report {
  readonly run: {
    readonly stats: Readonly<Record<'requests' | 'assertions', { readonly total: number }>>;
    readonly failures: readonly { source: { name: string }; error: { test?: string; message: string } }[];
    readonly executions: readonly { response?: { code: number } }[];
  };
}

const COLLECTION = join(ROOT, 'test/mesh101.postman_collection.json');
const NEWMAN = join(ROOT, 'node_modules/newman/bin/newman.js');

/** Runs the collection with the command that docs/postman.md shows. Throws when newman leaves no report. */
export async function runCollection({ gatewayUrl, directory, more = [] }: Options): Promise<Run> {
  const report = join(directory, 'report.json');
  const output = ['--reporters', 'json', '--reporter-json-export', report];
  const target = ['--env-var', `gateway=${gatewayUrl}`];
  const exitCode = await exitCodeOf([NEWMAN, 'run', COLLECTION, ...target, ...output, ...more]);
  const { run }: Report = JSON.parse(await readFile(report, 'utf8'));
  const failures = run.failures.map(({ source, error }) => `${source.name}: ${error.test ?? error.message}`);
  return {
    exitCode,
    requests: run.stats.requests.total,
    assertions: run.stats.assertions.total,
    failures: [...new Set(failures)],
    statuses: run.executions.flatMap(({ response }) => (response ? [response.code] : [])),
  };
}

function exitCodeOf(args: readonly string[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = execFile(process.execPath, args, { cwd: ROOT }, () => resolve(child.exitCode ?? 1));
  return promise;
}

import { spawnSync } from 'node:child_process';
import { type Component, missing, program } from '#test/components/component.ts';
import { startServer } from '#test/components/server-process.ts';
import { zipkinJar } from '#test/components/zipkin-jar.ts';
import { freePorts } from '#test/free-ports.ts';

const java = program('java', 'JAVA');

/** Zipkin needs this Java. */
const OLDEST = 17;

/** macOS has a `java` that only says where to get one, so the program itself is asked. */
function isNewEnough(command: string): boolean {
  const { stderr } = spawnSync(command, ['-version'], { encoding: 'utf8' });
  return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) >= OLDEST;
}

export const javaForZipkin: Component = {
  name: `Java ${OLDEST} or newer`,
  isThere: java !== undefined && isNewEnough(java),
  fix: 'install it (Debian, Ubuntu: apt install default-jre-headless; macOS: brew install openjdk), or name the program in JAVA; Zipkin runs on it',
};

/** A span as Zipkin's API gives it (https://zipkin.io/zipkin-api/, v2). */
export interface ZipkinSpan {
  readonly traceId: string;
  readonly id: string;
  readonly parentId?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly timestamp: number;
  readonly localEndpoint?: { readonly serviceName?: string };
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Zipkin {
  readonly url: string;
  /** The spans of a trace that have arrived so far. */
  trace(id: string): Promise<readonly ZipkinSpan[]>;
  close(): Promise<void>;
}

/** A real Zipkin server that keeps its spans in memory. */
export async function startZipkin(): Promise<Zipkin> {
  if (java === undefined) throw missing(javaForZipkin);
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const args = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-jar', await zipkinJar()];
  const env = { QUERY_PORT: String(port), STORAGE_TYPE: 'mem' };
  const close = await startServer({ command: java, args, env, readyUrl: `${url}/health` });
  return {
    url,
    close,
    async trace(id) {
      const response = await fetch(`${url}/api/v2/trace/${id}`);
      return response.ok ? ((await response.json()) as ZipkinSpan[]) : [];
    },
  };
}

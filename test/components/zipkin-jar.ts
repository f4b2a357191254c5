import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

/** The Zipkin server that the tests run: io.zipkin:zipkin-server:VERSION:exec of Maven Central, for Java 17 or newer. */
const VERSION = '3.6.1';
const SHA256 = 'd8326e0ed4f43855dba81228f688554706e52578a7c782d9a90b73f8680654a1';
const NAME = `zipkin-server-${VERSION}-exec.jar`;
const CENTRAL = process.env['MAVEN_CENTRAL'] || 'https://repo1.maven.org/maven2';

/**
 * The path of Zipkin's jar in the project's cache; fetched once, about 135 MB, with curl, which knows the machine's
 * proxies and certificates. MAVEN_CENTRAL names a mirror.
 */
export async function zipkinJar(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mesh101');
  const jar = join(cache, 'zipkin', NAME);
  if (!existsSync(jar)) await fetchJar(jar);
  return jar;
}

/** Ends with a rename, so that two test runs at once do not disturb each other. */
async function fetchJar(to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const work = await mkdtemp(join(dirname(to), 'fetch-'));
  try {
    const file = join(work, NAME);
    const url = `${CENTRAL}/io/zipkin/zipkin-server/${VERSION}/${NAME}`;
    await promisify(execFile)('curl', ['-fsSL', '--retry', '3', '--max-time', '300', '-o', file, url]);
    const sum = await sha256(file);
    if (sum !== SHA256) throw new Error(`${url} has the sha256 ${sum}, not ${SHA256}`);
    await rename(file, to);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

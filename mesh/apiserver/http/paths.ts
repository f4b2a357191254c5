import type { PathHandler } from '#mesh/apiserver/http/handle.ts';
import { sendJson } from '#mesh/apiserver/http/respond.ts';

/** The version of Kubernetes whose API this is: clients compare it with their own. */
export const kubernetesVersion = { major: '1', minor: '35', patch: '0' };

/** Answers to `/version` and the probes. */
export function generalPaths(): PathHandler {
  const { major, minor, patch } = kubernetesVersion;
  const version = {
    ...{ major, minor, gitVersion: `v${major}.${minor}.${patch}+mesh101` },
    ...{ gitCommit: '', gitTreeState: 'clean', buildDate: '2026-01-01T00:00:00Z' },
    ...{
      goVersion: `node ${process.version}`,
      compiler: 'none',
      platform: `${process.platform}/${process.arch}`,
    },
  };
  const probes = new Set(['/healthz', '/livez', '/readyz']);
  return (pathname, { url = '' }, response) => {
    if (pathname === '/version' || pathname === '/version/') {
      sendJson(response, version);
      return true;
    }
    if (probes.has(pathname)) {
      const verbose = URL.parse(url, 'https://mesh')?.searchParams.has('verbose');
      response.end(verbose ? `[+]ping ok\n${pathname.slice(1)} check passed\n` : 'ok');
      return true;
    }
    return false;
  };
}

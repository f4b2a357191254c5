import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { send } from '#services/stand-in/open-port.ts';
import type { Role, RoleFactory, Stage } from '#services/stand-in/part.ts';

const TYPES: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html'],
  ['.css', 'text/css'],
  ['.js', 'text/javascript'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
  ['.txt', 'text/plain'],
]);

interface Server {
  /** Where the image has its files. */
  readonly root: string;
  readonly server: string;
  /** The page of a server that nobody has given files. */
  readonly welcome: string;
  readonly notFound: string;
}

/** Plays nginx: its welcome page, or what the pod mounts where the image has its files. */
export const nginx: RoleFactory = staticServer({
  root: '/usr/share/nginx/html',
  server: 'nginx/1.29.0',
  welcome:
    '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n',
  notFound:
    '<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found</h1></center>\r\n</body>\r\n</html>\r\n',
});

/** Plays Apache's httpd. */
export const httpd: RoleFactory = staticServer({
  root: '/usr/local/apache2/htdocs',
  server: 'Apache/2.4.65 (Unix)',
  welcome: '<html><body><h1>It works!</h1></body></html>\n',
  notFound:
    '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>404 Not Found</title>\n</head><body>\n<h1>Not Found</h1>\n</body></html>\n',
});

function staticServer(kind: Server): RoleFactory {
  return (stage) => serve(kind, stage);
}

function serve({ root, server, welcome, notFound }: Server, { part, say }: Stage): Role {
  const folder = mountedFolder(part.env['VOLUME_MAP'] ?? '', root);
  return {
    async http(request, response) {
      const path = decoded((request.url ?? '/').split('?')[0] ?? '/');
      const file = path.endsWith('/') ? `${path}index.html` : path;
      const body =
        folder === undefined ? undefined : await readFile(join(folder, file), 'utf8').catch(() => undefined);
      const found = body ?? (folder === undefined && file === '/index.html' ? welcome : undefined);
      const status = found === undefined ? 404 : 200;
      say(`"${request.method} ${path} HTTP/${request.httpVersion}" ${status}`);
      const type =
        found === undefined ? 'text/html' : (TYPES.get(extname(file)) ?? 'application/octet-stream');
      send(response, { status, body: found ?? notFound, headers: { server, 'content-type': type } });
    },
  };
}

/** Never above the folder. */
function decoded(path: string): string {
  try {
    return normalize(`/${decodeURIComponent(path)}`);
  } catch {
    return '/';
  }
}

function mountedFolder(volumes: string, root: string): string | undefined {
  const mounts = volumes.split('\n').map((line) => line.split('='));
  return mounts.find(([path]) => path === root)?.[1];
}

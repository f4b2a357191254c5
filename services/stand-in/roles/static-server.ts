import { readFile, stat } from 'node:fs/promises';
import { dirname, extname, join, normalize } from 'node:path';
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
  /** For a folder without a page of its own; without it, such a folder is not found. */
  readonly forbidden?: string;
}

/** Plays nginx: its welcome page, or what the pod mounts where the image has its files. */
export const nginx: RoleFactory = staticServer({
  root: '/usr/share/nginx/html',
  server: 'nginx/1.29.0',
  welcome:
    '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n</body>\n</html>\n',
  forbidden:
    '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n',
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

function serve(kind: Server, { part, say }: Stage): Role {
  const { root, server, welcome } = kind;
  const mounts = mountsBelow(part.env['VOLUME_MAP'] ?? '', root);
  return {
    async http(request, response) {
      const path = decoded((request.url ?? '/').split('?')[0] ?? '/');
      const file = path.endsWith('/') ? `${path}index.html` : path;
      const place = fileIn(mounts, `${root}${file}`);
      const isMounted = mounts.some(([mount]) => mount === root);
      const found = place && (await readFile(place).catch(() => undefined));
      const page = found ?? (!isMounted && file === '/index.html' ? welcome : undefined);
      const { status, body } =
        page === undefined ? await missing(kind, path, place) : { status: 200, body: page };
      say(`"${request.method} ${path} HTTP/${request.httpVersion}" ${status}`);
      const type = status === 200 ? (TYPES.get(extname(file)) ?? 'application/octet-stream') : 'text/html';
      send(response, { status, body, headers: { server, 'content-type': type } });
    },
  };
}

/** A folder without a page is there, and not shown. */
async function missing({ forbidden, notFound }: Server, path: string, place: string | undefined) {
  const isFolder = place !== undefined && path.endsWith('/') && (await isDirectory(dirname(place)));
  return isFolder && forbidden !== undefined
    ? { status: 403, body: forbidden }
    : { status: 404, body: notFound };
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Never above the folder. */
function decoded(path: string): string {
  try {
    return normalize(`/${decodeURIComponent(path)}`);
  } catch {
    return '/';
  }
}

type Mount = readonly [mount: string, place: string];

/** What is mounted at the folder of the files or below it, a single file also; the longest path first. */
function mountsBelow(volumes: string, root: string): readonly Mount[] {
  const mounts = volumes.split('\n').flatMap((line): readonly Mount[] => {
    const [, mount, place] = /^([^=]*[^=/])\/*=(.*)$/.exec(line) ?? [];
    return mount !== undefined && place !== undefined ? [[mount, place]] : [];
  });
  return mounts
    .filter(([mount]) => mount === root || mount.startsWith(`${root}/`))
    .sort(([one], [other]) => other.length - one.length);
}

function fileIn(mounts: readonly Mount[], file: string): string | undefined {
  const found = mounts.find(([mount]) => file === mount || file.startsWith(`${mount}/`));
  return found && join(found[1], file.slice(found[0].length));
}

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { CONTEXT } from '#test/packaging/dockerfile.ts';

/** What the npm package carries: the mesh, the programs that play images, and the apps that `mesh up` knows. */
const CARRIED = [
  ...['bin', 'mesh', 'platform', 'services', 'k8s', 'istio', 'apps.txt'],
  ...['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE'],
];

/** What only tests read. `mesh/testing` is a room: the tests of a user's manifests. */
const FOR_TESTS = /\.test\.ts$|(^|\/)testing(-process)?\.ts$|^[^/]+\/.+\/(testing|testdata|cases)\//;

const UNCHANGED = /\.(md|svg|css|html|eta|json|py|proto)$/;

interface Manifest {
  readonly [field: string]: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string }>>;
}

/**
 * Writes the npm package into a folder, which it clears first. Node runs no TypeScript from node_modules, so that the types are
 * taken out here, by what takes them out in the checkout: lines stay where they are, and nothing else changes but the ends
 * of files' names. What git ignores stays out.
 */
export function writePackage(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const packages = new Set<string>();
  for (const path of carriedFiles()) {
    const text = compiled(path);
    const target = join(folder, path.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text ?? readFileSync(join(CONTEXT, path)));
    chmodSync(target, statSync(join(CONTEXT, path)).mode & 0o777);
    if (path.endsWith('.ts')) for (const name of importedPackages(text ?? '')) packages.add(name);
  }
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify(publishedManifest([...packages].sort()), null, 2)}\n`,
  );
}

/** Makes the package's archive as `npm pack` does. Returns its path, in the folder that `writePackage` has written into. */
export function pack(folder: string): string {
  writePackage(folder);
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const [{ filename }] = JSON.parse(output) as [{ filename: string }];
  return join(folder, filename);
}

function carriedFiles(): string[] {
  const known = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...CARRIED];
  const files = execFileSync('git', known, { cwd: CONTEXT, encoding: 'utf8' }).split('\0');
  return files.filter((path) => path !== '' && !FOR_TESTS.test(path));
}

/** A program or a table of programs as the package has it; undefined: the file goes in as it is. */
function compiled(path: string): string | undefined {
  if (UNCHANGED.test(path)) return undefined;
  const source = readFileSync(join(CONTEXT, path), 'utf8');
  return withPublishedNames(path.endsWith('.ts') ? stripTypeScriptTypes(source) : source);
}

/** Quoted paths end in .js, also in the table of images; messages name the commands that a user without a clone has. */
export function withPublishedNames(text: string): string {
  return text
    .replace(/(?<=['"`][#$./\w{}@-]*)\.ts(?=['"`])/g, '.js')
    .replace(/(?<=\bservices\/[\w-]+\/main)\.ts\b/g, '.js')
    .replace(
      /(?<=[`'(]|=bash | {4})(?:make|bin\/mesh) (up|down|shell|setup)(?= --|\\?[`'])/g,
      'npx mesh101 $1',
    );
}

/** The packages that a compiled program imports, whenever it does; `node:` and `#` are none. */
export function importedPackages(program: string): string[] {
  const imports =
    /(?:\bfrom|\bimport|\bimport\(|\brequire\(|\brequire\.resolve\(|createRequire\(import\.meta\.url\)\()\s*'(@?\w[\w./:-]*)'/g;
  return [...program.matchAll(imports)].flatMap(([, specifier = '']) => {
    if (specifier.startsWith('node:')) return [];
    return specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
  });
}

function publishedManifest(packages: readonly string[]): object {
  const own = readJson<Manifest>('package.json');
  const lock = readJson<Lock>('package-lock.json');
  const wanted = new Set([...Object.keys(own.dependencies), ...Object.keys(own.devDependencies)]);
  const versionOf = (name: string) => {
    const version = lock.packages[`node_modules/${name}`]?.version;
    if (!version || !wanted.has(name)) {
      throw new Error(`${name} is imported by a program of the package and not named in package.json`);
    }
    return version;
  };
  const { '#test/*': _tests, ...imports } = own.imports;
  return {
    ...Object.fromEntries(
      ['name', 'version', 'description', 'license', 'repository', 'type'].map((key) => [key, own[key]]),
    ),
    keywords: ['istio', 'envoy', 'kubernetes', 'service-mesh', 'gateway-api', 'testing'],
    engines: { node: '>=24.2' },
    os: ['linux', 'darwin'],
    bin: { mesh101: 'bin/mesh', mesh: 'bin/mesh' },
    imports,
    // The very versions that the tests have run with.
    dependencies: Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
  };
}

function readJson<Content>(file: string): Content {
  return JSON.parse(readFileSync(join(CONTEXT, file), 'utf8')) as Content;
}

if (import.meta.main) {
  process.stdout.write(`${pack(join(CONTEXT, 'dist'))}\n`);
}

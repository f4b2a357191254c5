import { checkDownwardFile } from '#mesh/apiserver/kinds/container-env.ts';
import type { Field } from '#mesh/apiserver/kinds/field.ts';
import { configKey, dnsLabel, dnsSubdomain } from '#mesh/apiserver/kinds/names.ts';
import { quantityOf } from '#mesh/apiserver/kinds/quantity.ts';

const onlyOnce = 'may not specify more than 1 volume type';
const hostPathTypes = [
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** A pod's volumes. @returns the names of those that are right */
export function checkVolumes(volumes: Field): ReadonlySet<string> {
  const names = new Set<string>();
  for (const volume of volumes.elements) {
    const found = volume.causes.length;
    checkSources(volume);
    volume.at('name').named(dnsLabel);
    if (names.has(volume.at('name').text)) volume.at('name').duplicate();
    if (volume.causes.length === found) names.add(volume.at('name').text);
  }
  return names;
}

/** Exactly one source, whichever Kubernetes knows: the shape has left out all others. */
function checkSources(volume: Field): void {
  const [first, ...more] = volume.keys
    .filter((name) => name !== 'name' && volume.at(name).isSet)
    .map((name) => ({ name, source: volume.at(name) }));
  for (const { source } of more) source.forbidden(onlyOnce);
  if (first === undefined) volume.required('must specify a volume type');
  else checkSource(first.source, first.name);
}

function checkSource(source: Field, name: string): void {
  switch (name) {
    case 'configMap':
      if (source.at('name').isEmpty) source.at('name').required();
      checkFiles(source);
      break;
    case 'secret':
      if (source.at('secretName').isEmpty) source.at('secretName').required();
      checkFiles(source);
      break;
    case 'hostPath':
      if (source.at('path').isEmpty) source.at('path').required();
      else checkNoSteps(source.at('path'));
      source.at('type').oneOf(hostPathTypes);
      break;
    case 'persistentVolumeClaim':
      if (source.at('claimName').isEmpty) source.at('claimName').required();
      break;
    case 'emptyDir': {
      const size = source.at('sizeLimit');
      if (size.isSet && (quantityOf(size.value) ?? 0n) < 0n)
        size.forbidden('SizeLimit field must be a valid resource quantity');
      break;
    }
    case 'downwardAPI':
      checkMode(source.at('defaultMode'));
      checkDownwardFiles(source);
      break;
    case 'projected':
      checkProjected(source);
      break;
    case 'nfs':
      for (const part of ['server', 'path']) if (source.at(part).isEmpty) source.at(part).required();
      break;
    case 'csi':
      source.at('driver').named(dnsSubdomain);
      break;
    default:
  }
}

function checkProjected(projected: Field): void {
  checkMode(projected.at('defaultMode'));
  const kinds = [
    'secret',
    'configMap',
    'downwardAPI',
    'serviceAccountToken',
    'clusterTrustBundle',
    'podCertificate',
  ];
  for (const source of projected.at('sources').elements) {
    const [first, ...more] = kinds.map((name) => source.at(name)).filter(({ isSet }) => isSet);
    for (const other of more) other.forbidden(onlyOnce);
    if (first === undefined) continue;
    if (first.path.endsWith('.downwardAPI')) checkDownwardFiles(first);
    else if (first.path.endsWith('.serviceAccountToken')) checkToken(first);
    else if (/\.(secret|configMap)$/.test(first.path)) {
      if (first.at('name').isEmpty) first.at('name').required();
      checkFiles(first);
    }
  }
}

function checkToken(token: Field): void {
  const seconds = token.at('expirationSeconds');
  if (seconds.number !== undefined && seconds.number < 600)
    seconds.invalid('may not specify a duration less than 10 minutes');
  if (token.at('path').isEmpty) token.at('path').required();
  else checkRelative(token.at('path'));
}

function checkFiles(source: Field): void {
  checkMode(source.at('defaultMode'));
  for (const item of source.at('items').elements) {
    item.at('key').named(configKey);
    if (item.at('path').isEmpty) item.at('path').required();
    else checkRelative(item.at('path'));
    checkMode(item.at('mode'));
  }
}

function checkDownwardFiles(source: Field): void {
  for (const file of source.at('items').elements) {
    const path = file.at('path');
    if (path.isEmpty) path.required();
    else checkRelative(path);
    checkDownwardFile(file);
    checkMode(file.at('mode'));
  }
}

function checkMode(mode: Field): void {
  if (mode.number === undefined || (mode.number >= 0 && mode.number <= 0o777)) return;
  mode.invalid('must be a number between 0 and 0777 (octal), both inclusive');
}

export function checkMounts(container: Field, volumes: ReadonlySet<string>): void {
  const mounts = container.at('volumeMounts');
  const paths = new Set<string>();
  for (const mount of mounts.elements) {
    const [name, path] = [mount.at('name'), mount.at('mountPath')];
    if (name.isEmpty) name.required();
    else if (!volumes.has(name.text)) name.notFound();
    if (path.isEmpty) path.required();
    else if (paths.has(path.text)) path.invalid('must be unique');
    paths.add(path.text);
    checkSubPaths(mount, mounts);
  }
}

/** The path of these causes is the list's, as in Kubernetes. */
function checkSubPaths(mount: Field, mounts: Field): void {
  const [plain, expression] = [mount.at('subPath'), mount.at('subPathExpr')];
  if (!plain.isEmpty) checkRelative(plain, mounts.at('subPath'));
  if (expression.isEmpty) return;
  if (!plain.isEmpty) expression.invalid('subPathExpr and subPath are mutually exclusive');
  checkRelative(expression, mounts.at('subPathExpr'));
}

function checkRelative(path: Field, shown = path): void {
  if (path.text.startsWith('/')) shown.invalid('must be a relative path', path.text);
  checkNoSteps(path, shown);
}

function checkNoSteps(path: Field, shown = path): void {
  if (path.text.split('/').includes('..')) shown.invalid("must not contain '..'", path.text);
}

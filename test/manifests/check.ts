import { formatPosition } from '#mesh/diagnostic.ts';
import type { ManifestDocument, YamlPath } from '#mesh/istiod/config/load/document.ts';
import { officialSchema, type Validate } from '#test/manifests/official-schema.ts';
import { watch } from '#test/manifests/watched.ts';

/** Fields that a schema leaves open and so never asks for; istio-operator.process.test.ts asks the real istioctl about this one. */
const OPEN = ['IstioOperator.spec'];

/** What the official schema of its kind has against a document, each as `file:line: path: what`. */
export async function checkDocument(document: ManifestDocument): Promise<readonly string[]> {
  const object = document.value as { apiVersion?: string; kind?: string };
  const { apiVersion = '', kind = '' } = object;
  const say = (path: YamlPath, what: string) =>
    `${formatPosition(document.at(path))}: ${dotted(path) || kind}: ${what}`;
  const validate = await officialSchema(apiVersion, kind);
  if (!validate) return [say(['kind'], `no official schema of ${apiVersion} ${kind}`)];
  const { value, unread } = watch(object);
  const mistakes = mistakesOf(validate, value).map(({ instancePath, message }) =>
    say(stepsOf(instancePath, object), message ?? 'does not fit'),
  );
  const unknown = unread().filter((path) => !OPEN.includes(`${kind}.${path.join('.')}`));
  return [...mistakes, ...unknown.map((path) => say(path, 'unknown field'))];
}

interface Mistake {
  /** A JSON pointer (RFC 6901). */
  readonly instancePath: string;
  readonly message?: string;
}

function mistakesOf(validate: Validate, value: object): readonly Mistake[] {
  try {
    validate.call(value);
    return [];
  } catch (error) {
    if (error instanceof Error && 'errors' in error) return error.errors as readonly Mistake[];
    throw error;
  }
}

function stepsOf(pointer: string, root: unknown): YamlPath {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let value = root;
  return steps.map((step) => {
    const key = Array.isArray(value) ? Number(step) : step;
    value = (value as Record<string, unknown> | undefined)?.[step];
    return key;
  });
}

function dotted(path: YamlPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1);
}

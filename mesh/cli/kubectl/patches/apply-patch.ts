import {
  existsIn,
  immutableJSONPatch,
  isJSONPatchOperation,
  type JSONPatchOperation,
  parsePath,
} from 'immutable-json-patch';
import { parse } from 'yaml';
import { CommandFailure } from '#mesh/cli/command-failure.ts';
import type { Kind } from '#mesh/cli/kubectl/kinds.ts';
import { isMap, type JsonMap, type JsonValue, mergePatch } from '#mesh/cli/kubectl/patches/merge-patch.ts';
import { strategicPatch } from '#mesh/cli/kubectl/patches/strategic-patch.ts';

export type PatchType = 'json' | 'merge' | 'strategic';

export interface PatchRequest {
  readonly type: PatchType;
  /** JSON or YAML. */
  readonly text: string;
  readonly kind: Kind;
}

/** The object with the patch in place, or a CommandFailure that says what is wrong with the patch. */
export function applyPatch(object: JsonMap, { type, text, kind }: PatchRequest): JsonMap {
  const patch = parsed(text);
  const patched = type === 'json' ? jsonPatch(object, patch) : merged(object, { type, patch, kind });
  if (!isMap(patched)) throw new CommandFailure('error: the patch leaves no object');
  return patched;
}

function merged(
  object: JsonMap,
  { type, patch, kind }: { readonly type: PatchType; readonly patch: JsonValue; readonly kind: Kind },
): JsonValue {
  if (!isMap(patch)) throw new CommandFailure(`error: a ${type} patch must be an object, as in {"spec": …}`);
  if (type === 'merge') return mergePatch(object, patch);
  if (kind.group.endsWith('istio.io')) {
    throw new CommandFailure(
      `error: ${kind.plural}.${kind.group} cannot be patched by type strategic, which Kubernetes has only for its own kinds; add --type merge`,
    );
  }
  return strategicPatch(object, patch);
}

/** RFC 6902. */
function jsonPatch(object: JsonMap, patch: JsonValue): JsonValue {
  if (!Array.isArray(patch) || !patch.every(isJSONPatchOperation)) {
    throw new CommandFailure(
      'error: a json patch must be a list of operations, as in [{"op": "replace", "path": "/spec/…", "value": …}]',
    );
  }
  try {
    return immutableJSONPatch(object, patch, { before: demandTarget }) as JsonValue;
  } catch (cause) {
    throw new CommandFailure(`error: the patch does not fit the object: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The library passes over what is not there; the RFC calls it an error. */
function demandTarget(document: unknown, { op, path }: JSONPatchOperation): Record<never, never> {
  if ((op === 'replace' || op === 'remove') && !existsIn(document, parsePath(document, path))) {
    throw new Error(`there is nothing at ${path}`);
  }
  return {};
}

function parsed(text: string): JsonValue {
  try {
    return parse(text) as JsonValue;
  } catch (cause) {
    const [line] = (cause as Error).message.split('\n');
    throw new CommandFailure(`error: unable to parse the patch: ${line}`, { cause });
  }
}

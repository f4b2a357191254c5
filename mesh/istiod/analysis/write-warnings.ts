import type { Cause } from '#mesh/apiserver/api-error.ts';
import type { KubernetesObject } from '#mesh/apiserver/object.ts';
import { resourceKey } from '#mesh/apiserver/resource-type.ts';
import type { Change } from '#mesh/apiserver/rules.ts';
import type { Store } from '#mesh/apiserver/store/store.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import { analysisOfStore } from '#mesh/istiod/analysis/analyze.ts';
import { isGatewayApi } from '#mesh/istiod/config/gateway-api/read.ts';
import { isRead, keyOf, objectDocument, type Pending, readingOf } from '#mesh/istiod/config/resources.ts';
import { kindNote } from '#mesh/istiod/config/schema/without-effect.ts';

export interface WriteContext {
  readonly manager: string;
  readonly store: Store;
  /** What others are about to write. */
  readonly pending: readonly Pending[];
}

/** The control plane's verdict on a write. */
export interface Review {
  /** Why istiod's webhook refuses it. */
  readonly causes: readonly Cause[];
  /** For `Warning` headers: what the laptop does not carry out, and references that lead nowhere. */
  readonly warnings: readonly string[];
}

const nothing: Review = { causes: [], warnings: [] };
const istio = /\.istio\.io$/;
/** The mesh's own writes get no warnings. */
const own = /-controller$|^kubelet$|^default-scheduler$|^istiod$|^mesh-/;
/** The most for one write: nobody reads more. */
const mostWarnings = 10;

/** Checks a write before it is stored. A dangling reference is no reason to refuse: its object may come later. */
export function reviewWrite(change: Change, { manager, ...context }: WriteContext): Review {
  const { type, before, after } = change;
  const object = after ?? before;
  if (!object || own.test(manager)) return nothing;
  const ofGatewayApi = isGatewayApi(resourceKey(type));
  if (!isRead(type) && !ofGatewayApi) return { ...nothing, warnings: before ? [] : kindWarnings(object) };
  const title = objectDocument(object).file;
  const { now, news } = analyses(change, object, context);
  const reading = after && !ofGatewayApi ? readingOf(after).diagnostics : [];
  const wrong = now.filter(
    ({ severity, code, resource }) => severity === 'error' && code === 'IST0106' && resource === title,
  );
  const unreadable = reading.filter(({ severity }) => severity === 'error');
  const causes = after && istio.test(type.group) ? [...unreadable, ...wrong].map(causeOf) : [];
  const kind = ofGatewayApi && !before ? kindWarnings(object) : [];
  return { causes, warnings: [...kind, ...shown([...reading, ...news])] };
}

/** What the analysis says with the write, and what of it is about the object or was not said without it. */
function analyses(
  { type, after }: Change,
  object: KubernetesObject,
  { store, pending }: Pick<WriteContext, 'store' | 'pending'>,
): { readonly now: readonly Diagnostic[]; readonly news: readonly Diagnostic[] } {
  const title = objectDocument(object).file;
  const others = pending.filter(({ type: of, key }) => of !== type || key !== keyOf(object));
  const now = analysisOfStore(store, [...others, { type, key: keyOf(object), after }]);
  const ofOthers = now.filter(({ resource }) => resource !== title);
  // Most writes leave nothing to compare.
  const known = new Set(ofOthers.length === 0 ? [] : analysisOfStore(store, others).map(identity));
  return { now, news: now.filter((one) => one.resource === title || !known.has(identity(one))) };
}

function shown(diagnostics: readonly Diagnostic[]): readonly string[] {
  const texts = [...new Set(diagnostics.filter((one) => !isForClusters(one)).map(warningText))];
  const more = texts.length - mostWarnings;
  if (more <= 0) return texts;
  return [...texts.slice(0, mostWarnings), `and ${more} more; \`mesh analyze\` lists them all`];
}

/** A port that the laptop opens and a cluster may not: a write here needs no warning of it, and `mesh analyze` has it. */
function isForClusters({ severity, code }: Diagnostic): boolean {
  return severity === 'info' && code === 'IST0162';
}

function causeOf({ message, fix, position }: Diagnostic): Cause {
  const field = position?.path ?? 'spec';
  const detail = message.startsWith(`\`${field}\`: `) ? message.slice(field.length + 4) : message;
  return {
    reason: 'FieldValueInvalid',
    field,
    message: `Invalid value: ${detail}${fix ? ` (${fix})` : ''}`,
  };
}

export function warningText({ code, message, fix }: Diagnostic): string {
  return `${code}: ${message}${fix ? ` (${fix})` : ''}`;
}

function identity({ code, message, resource }: Diagnostic): string {
  return `${code} ${resource} ${message}`;
}

function kindWarnings({ apiVersion, kind }: KubernetesObject): readonly string[] {
  const note = kindNote(apiVersion, kind);
  return note ? [warningText({ severity: 'warning', ...note })] : [];
}

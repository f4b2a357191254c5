import { shapeOf } from '#mesh/apiserver/shapes/shape.ts';
import type { Draft } from '#mesh/run/testing/kube-client.ts';
import { type Case, caseGroups, loadCases } from '#test/conformance/case.ts';
import { untold } from '#test/conformance/explained/facts.ts';

/** Istio's kinds, in the order of its reference. */
const KINDS: readonly (readonly [string, string])[] = [
  ['networking.istio.io/v1', 'VirtualService'],
  ['networking.istio.io/v1', 'DestinationRule'],
  ['networking.istio.io/v1', 'Gateway'],
  ['networking.istio.io/v1', 'ServiceEntry'],
  ['networking.istio.io/v1', 'Sidecar'],
  ['networking.istio.io/v1', 'WorkloadEntry'],
  ['networking.istio.io/v1alpha3', 'EnvoyFilter'],
  ['networking.istio.io/v1beta1', 'ProxyConfig'],
  ['security.istio.io/v1', 'PeerAuthentication'],
  ['security.istio.io/v1', 'AuthorizationPolicy'],
  ['security.istio.io/v1', 'RequestAuthentication'],
  ['telemetry.istio.io/v1', 'Telemetry'],
];

const INTRODUCTION = `# Conformance with Istio

What the real control plane does with a manifest is recorded in \`test/conformance/cases/\`, and \`make test\` compares the
laptop with the record: who answers, with which status, what arrives at the backend, how often and when, and Envoy's
clusters where requests cannot tell. This page is generated from the cases (\`make golden\` rewrites it, a test keeps it
current).

- **same**: the laptop does what Istio does in most of the cases that use the field, if not in all.
- **differs**: in half of them or more it does not; the cases say why.
- **not compared**: no case uses the field.

\`make conformance\` runs the comparison and lists what differs. With \`ISTIOD\`, \`ENVOY\` and \`PILOT_AGENT\` it records anew, as
root on Linux: istiod's generator on an in-memory Kubernetes (\`fakeistiod\`), an Envoy, and the agent whose \`istio-iptables\`
captures the traffic; each pod is a network namespace.
`;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** The contents of docs/conformance.md. */
export function conformanceMarkdown(): string {
  const groups = caseGroups().map((group) => ({ group, cases: loadCases(group) }));
  const cases = groups.flatMap((one) => one.cases);
  const sections = KINDS.map((kind) => kindSection(kind, cases));
  const rows = [...groups, { group: 'all', cases }].map((one) => `| ${one.group} | ${counts(one.cases)} |\n`);
  const files = `| cases | number | same | differ |\n| --- | --- | --- | --- |\n${rows.join('')}`;
  return [
    INTRODUCTION,
    `## Cases\n\n${files}`,
    differencesSection(cases),
    explainSection(cases),
    ...sections,
  ].join('\n');
}

function counts(cases: readonly Case[]): string {
  const differing = cases.filter(({ differs }) => differs !== undefined).length;
  return `${cases.length} | ${cases.length - differing} | ${differing}`;
}

function differencesSection(cases: readonly Case[]): string {
  const rows = cases.flatMap(({ group, name, differs }) =>
    differs === undefined ? [] : [`| ${group}: ${name} | ${reasonOf(differs)} |\n`],
  );
  if (rows.length === 0) return '## Differences\n\nNone is known.\n';
  return `## Differences\n\n| case | the laptop differs because |\n| --- | --- |\n${rows.join('')}`;
}

/** How many requests `mesh explain` is asked about, and which it cannot tell. */
function explainSection(cases: readonly Case[]): string {
  const compared = cases.filter(({ refused, differs }) => refused === undefined && differs === undefined);
  const reasons = compared.flatMap((one) => one.requests.map((request) => untold(one, request)));
  const counted = Map.groupBy(reasons, (reason) => reason);
  const told = counted.get(undefined)?.length ?? 0;
  const rows = [...counted].flatMap(([reason, list]) =>
    reason === undefined ? [] : [`| ${list.length} | ${reason} |\n`],
  );
  const text = `\`mesh explain\` says the same of ${told} requests as the record. Of the others it cannot tell:`;
  return `## Explanations\n\n${text}\n\n| requests | because |\n| --- | --- |\n${rows.join('')}`;
}

const reasonOf = (differs: string) => differs.replace(/^differs because /, '');

function kindSection([apiVersion, kind]: readonly [string, string], cases: readonly Case[]): string {
  const spec = (shapeOf(apiVersion, kind)?.schema as Schema | undefined)?.properties?.['spec'];
  const shown = new Map<string, string>();
  const users = usersOf(kind, cases);
  const rows = leaves(spec ?? {}, 'spec', shown).map(({ path, as }) =>
    as === undefined ? { path, text: verdict(users.get(path) ?? []) } : { path, text: `as \`${as}\`` },
  );
  const sum = (word: string) => rows.filter(({ text }) => text.startsWith(word)).length;
  const total = `${sum('same')} fields the same, ${sum('differs')} differ, ${sum('not compared')} not compared.`;
  const lines = rows.map(({ path, text }) => `| \`${path}\` | ${text} |\n`);
  return `## ${kind}\n\n${total}\n\n| field | on the laptop |\n| --- | --- |\n${lines.join('')}`;
}

function verdict(users: readonly Case[]): string {
  if (users.length === 0) return 'not compared';
  const differing = users.filter(({ differs }) => differs !== undefined);
  const same = users.length - differing.length;
  if (differing.length < same) return `same in ${same} of ${users.length}`;
  const named = differing.map(({ name, differs = '' }) => `${reasonOf(differs)} (${name})`);
  return `differs in ${differing.length} of ${users.length}: ${named.join('; ')}`;
}

interface Leaf {
  readonly path: string;
  /** An earlier place of the same shape. */
  readonly as?: string;
}

/** What is smaller is written out again. */
const LARGE = 2_000;

/** Fields that hold values; what has the shape of an earlier part, such as a subset's traffic policy, refers to it. */
function leaves(schema: Schema, path: string, shown: Map<string, string>): Leaf[] {
  const { properties, items, additionalProperties } = schema;
  if (items) return leaves(items, `${path}[]`, shown);
  if (additionalProperties && typeof additionalProperties === 'object' && additionalProperties.properties) {
    return leaves(additionalProperties, `${path}.*`, shown);
  }
  if (!properties) return [{ path }];
  const key = JSON.stringify(properties);
  const earlier = shown.get(key);
  if (earlier !== undefined) return [{ path, as: earlier }];
  if (key.length > LARGE) shown.set(key, path);
  return Object.entries(properties).flatMap(([name, member]) => leaves(member, `${path}.${name}`, shown));
}

/** The cases that set a field, by its path. */
function usersOf(kind: string, cases: readonly Case[]): ReadonlyMap<string, readonly Case[]> {
  const users = new Map<string, Case[]>();
  for (const one of cases) {
    const objects = one.steps.flat().filter((object) => object.kind === kind);
    for (const path of new Set(objects.flatMap((object) => fieldsOf(object)))) {
      users.set(path, [...(users.get(path) ?? []), one]);
    }
  }
  return users;
}

/** Every way in which a table may write a field that is set: members of maps under their name and as `*`. */
function fieldsOf(object: Draft): string[] {
  return pathsIn(object['spec'], 'spec');
}

function pathsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value))
    return [path, `${path}[]`, ...value.flatMap((item) => pathsIn(item, `${path}[]`))];
  if (value === null || typeof value !== 'object') return [path];
  const members = Object.entries(value).flatMap(([name, member]) => [
    ...pathsIn(member, `${path}.${name}`),
    ...pathsIn(member, `${path}.*`),
  ]);
  return [path, ...members];
}

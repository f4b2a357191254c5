/** Records what the real control plane does with the cases: `record.ts [GROUP…]`. Environment: ISTIOD, ENVOY, PILOT_AGENT. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Document, isMap, isPair, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { CASES, type Case, caseGroups, loadCases } from '#test/conformance/case.ts';
import { clusterFacts } from '#test/conformance/cluster-facts.ts';
import { applySteps, record } from '#test/conformance/observe.ts';
import { Reference } from '#test/conformance/reference/reference.ts';

/** Characters that a list or a map may have on one line. */
const SHORT = 100;
const INSIDE = 'MESH101_CONFORMANCE_HOME';

if (process.env[INSIDE] === undefined) process.exitCode = enter();
else await main(process.argv.slice(2), process.env[INSIDE]);

/** Everything happens in namespaces of its own, which end with it. */
function enter(): number {
  const home = mkdtempSync(join(tmpdir(), 'mesh101-reference-'));
  const words = ['-n', '-m', '-p', '-f', '--kill-child', '--mount-proc', process.execPath];
  const program = [...words, import.meta.filename, ...process.argv.slice(2)];
  const { status } = spawnSync('unshare', program, {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: home },
  });
  rmSync(home, { recursive: true, force: true });
  return status ?? 1;
}

async function main(wanted: readonly string[], home: string): Promise<void> {
  const reference = await Reference.start(home, {
    istiod: program('ISTIOD'),
    envoy: program('ENVOY'),
    pilotAgent: program('PILOT_AGENT'),
  });
  const [, only = ''] = wanted.find((word) => word.startsWith('-k'))?.split('=') ?? [];
  const groups = wanted.filter((word) => !word.startsWith('-'));
  for (const group of caseGroups().filter((one) => groups.length === 0 || groups.includes(one))) {
    await recordGroup(reference, group, only);
  }
  process.exit(0);
}

function program(variable: string): string {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} names no program: see docs/conformance.md`);
  return resolve(path);
}

async function recordGroup(reference: Reference, group: string, only: string): Promise<void> {
  const file = join(CASES, `${group}.yaml`);
  const document = parseDocument(readFileSync(file, 'utf8'));
  const list = document.contents as YAMLSeq<YAMLMap>;
  for (const [index, one] of loadCases(group).entries()) {
    if (!one.name.includes(only)) continue;
    const node = list.items[index];
    if (!node) continue;
    const before = `${node}`;
    await recordCase(reference, one, node, document);
    const word = before === `${node}` ? 'as before' : 'changed';
    process.stdout.write(`${word} ${group}: ${one.name}\n`);
  }
  layOut(document.contents);
  writeFileSync(file, document.toString({ lineWidth: 0, flowCollectionPadding: false }));
}

async function recordCase(reference: Reference, one: Case, node: YAMLMap, document: Document): Promise<void> {
  const verdict = await applySteps(reference, one);
  write(node, 'refused', verdict.refused);
  write(node, 'warned', verdict.warned.length > 0 ? document.createNode(verdict.warned) : undefined);
  const [requests, clusters] = ['requests', 'clusters'].map(
    (name) => node.get(name) as YAMLSeq<YAMLMap> | undefined,
  );
  for (const [index, request] of one.requests.entries()) {
    const facts = verdict.refused === undefined ? await record(reference, request) : [];
    const answer = facts.length === 1 ? facts[0] : document.createNode(facts);
    const target = requests?.items[index];
    if (target) write(target, 'answer', verdict.refused === undefined ? answer : undefined);
  }
  for (const [index, { of, cluster }] of one.clusters.entries()) {
    const facts = clusterFacts(await reference.cluster(of, cluster));
    const target = clusters?.items[index];
    if (target) write(target, 'record', facts === 'none' ? facts : document.createNode(facts));
  }
  await reference.clear();
}

function write(node: YAMLMap, name: string, value: unknown): void {
  if (value === undefined) node.delete(name);
  else node.set(name, value);
}

/** What is short stands on one line. */
function layOut(node: unknown, depth = 0): void {
  if (!isMap(node) && !isSeq(node)) return;
  for (const item of node.items) {
    layOut(isPair(item) ? item.value : item, depth + 1);
  }
  // A case, its lists, and a request with its answer are always written out.
  node.flow = depth > 3 && JSON.stringify(node).length <= SHORT;
  if (isSeq(node) && depth === 4 && node.items.some((item) => `${item}`.includes(' '))) node.flow = false;
}

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Draft } from '#mesh/run/testing/kube-client.ts';

/** A request of a case's file; CONTRIBUTING.md shows one. */
const requestSchema = z.strictObject({
  ask: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  /** The header Host, where it is not the authority that is asked. */
  authority: z.string().optional(),
  tls: z
    .strictObject({
      sni: z.string().optional(),
      /** Whether the client shows its certificate. */
      client: z.boolean().optional(),
      /** The only version and ciphers that the client offers. */
      version: z.enum(['TLSv1.2', 'TLSv1.3']).optional(),
      ciphers: z.string().optional(),
    })
    .optional(),
  /** The address that is asked, where it is not the name's. */
  address: z.string().optional(),
  /** How many requests in a row; by default as many as show every answer. */
  times: z.int().positive().optional(),
  /** Rare answers among them: a few hundred are asked for. */
  rare: z.boolean().optional(),
  /** One key, which always leads to the same pod or does not. */
  sticky: z.boolean().optional(),
  /** Answers come late or never: milliseconds to wait for one, by default 8000. */
  patience: z.int().positive().optional(),
  /** Facts that chance or the machine decides. */
  except: z.array(z.enum(['pod', 'reached', 'time', 'answer'])).optional(),
  answer: z.union([z.string(), z.array(z.string())]).optional(),
});

const clusterSchema = z.strictObject({
  of: z.string(),
  cluster: z.string(),
  record: z.union([z.record(z.string(), z.unknown()), z.literal('none')]).optional(),
});

const itemSchema = z.union([z.string(), z.record(z.string(), z.unknown())]);

const caseSchema = z.strictObject({
  name: z.string(),
  apply: z.array(itemSchema).optional(),
  refused: z.string().optional(),
  warned: z.array(z.string()).optional(),
  requests: z.array(requestSchema).optional(),
  clusters: z.array(clusterSchema).optional(),
  laptop: z.string().startsWith('differs because ').optional(),
  explain: z.string().startsWith('cannot tell because ').optional(),
});

export type CaseRequest = z.infer<typeof requestSchema>;
export type CaseCluster = z.infer<typeof clusterSchema>;

export interface Case {
  readonly name: string;
  /** The name of its file without ending. */
  readonly group: string;
  /** Objects to be applied together; each further step a second later. */
  readonly steps: readonly (readonly Draft[])[];
  readonly requests: readonly CaseRequest[];
  readonly clusters: readonly CaseCluster[];
  /** Istio's reason not to take an object. */
  readonly refused?: string;
  readonly warned: readonly string[];
  /** Why the laptop differs, where that is known. */
  readonly differs?: string;
  /** Why `mesh explain` cannot know the outcome. */
  readonly explain?: string;
}

export const CASES = join(import.meta.dirname, 'cases');
const API_VERSIONS = new Map([
  ...['VirtualService', 'DestinationRule', 'ServiceEntry', 'Gateway', 'Sidecar', 'WorkloadEntry'].map(
    (kind) => [kind, 'networking.istio.io/v1'] as const,
  ),
  ...['PeerAuthentication', 'AuthorizationPolicy', 'RequestAuthentication'].map(
    (kind) => [kind, 'security.istio.io/v1'] as const,
  ),
  ['EnvoyFilter', 'networking.istio.io/v1alpha3'],
  ['ProxyConfig', 'networking.istio.io/v1beta1'],
  ['Telemetry', 'telemetry.istio.io/v1'],
]);
const LATER = 'a second later';

const given = new Map(
  Object.entries(
    parse(readFileSync(join(import.meta.dirname, 'given.yaml'), 'utf8')) as Record<string, Draft>,
  ),
);

/** The files of cases, without ending, in order. */
export function caseGroups(): readonly string[] {
  return readdirSync(CASES)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

/** @throws for a file that is not in the format, or that names a case twice */
export function loadCases(group: string): readonly Case[] {
  const file = join(CASES, `${group}.yaml`);
  const result = z.array(caseSchema).safeParse(parse(readFileSync(file, 'utf8')));
  if (!result.success) throw new Error(`${file}: ${z.prettifyError(result.error)}`);
  return result.data.map(
    ({ name, apply = [], requests = [], clusters = [], refused, warned = [], laptop, explain }) => ({
      ...{ name, group, requests, clusters, warned },
      steps: stepsOf(apply),
      ...(refused !== undefined && { refused }),
      ...(laptop !== undefined && { differs: laptop }),
      ...(explain !== undefined && { explain }),
    }),
  );
}

type Item = z.infer<typeof itemSchema>;

function stepsOf(items: readonly Item[]): Draft[][] {
  const steps: Draft[][] = [[]];
  items.forEach((item, index) => {
    if (item === LATER) steps.push([]);
    else steps.at(-1)?.push(typeof item === 'string' ? givenObject(item) : objectOf(item, index));
  });
  return steps;
}

function givenObject(name: string): Draft {
  const object = given.get(name);
  if (!object) throw new Error(`given.yaml has no ${name}`);
  return object;
}

/** `{VirtualService: spec, name, namespace, labels, annotations}`, or a whole object. */
function objectOf(item: Record<string, unknown>, index: number): Draft {
  if ('kind' in item) return item as Draft;
  const kind = Object.keys(item).find((key) => API_VERSIONS.has(key));
  if (kind === undefined) throw new Error(`no kind in ${JSON.stringify(item)}`);
  const { [kind]: spec, apiVersion = API_VERSIONS.get(kind), ...metadata } = item;
  const name = `${kind.toLowerCase()}-${index}`;
  return {
    apiVersion: `${apiVersion}`,
    kind,
    metadata: { name, namespace: 'default', ...metadata },
    ...(spec !== null && { spec }),
  };
}

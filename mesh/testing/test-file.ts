import { z } from 'zod';

/** YAML reads `1` and `true` as something else than text; in a header they are text. */
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
/** YAML 1.1 reads a dot alone as a number. */
const path = z.union([z.string(), z.nan().transform(() => '.')]);
const headers = z.record(z.string(), text);

/** Made for the request, and signed with a key that the mesh trusts. */
const token = z.strictObject({
  issuer: z.string(),
  subject: z.string().exactOptional(),
  audience: z.string().exactOptional(),
  claims: z.record(z.string(), z.unknown()).default({}),
});

const request = z.strictObject({
  /** A workload as `name` or `namespace/name`, `gateway`, or `gateway/name`. */
  from: z.string().default('gateway'),
  /** Whether the request leaves by the caller's sidecar; `false`: as if it had none. */
  sidecar: z.boolean().default(true),
  /** The identity that the caller shows, without `spiffe://`. */
  as: z.string().exactOptional(),
  url: z.string(),
  method: z.string().default('GET'),
  headers: headers.default({}),
  token: token.exactOptional(),
  body: z.string().exactOptional(),
});

const retries = z.strictObject({
  attempts: z.int().min(0).exactOptional(),
  on: z.string().exactOptional(),
  perTryTimeout: z.string().exactOptional(),
});

const received = z.strictObject({
  path: z.string().exactOptional(),
  host: z.string().exactOptional(),
  /** `null`: the header is not there. */
  headers: z.record(z.string(), text.nullable()).exactOptional(),
});

const expectation = z.strictObject({
  workload: z.string().exactOptional(),
  version: z.string().exactOptional(),
  /** Percent of the requests by workload. */
  shares: z.record(z.string(), z.number().min(0).max(100)).exactOptional(),
  status: z.int().min(100).max(599).exactOptional(),
  location: z.string().exactOptional(),
  received: received.exactOptional(),
  retries: retries.exactOptional(),
  /** As Envoy writes it (`10s`), or `none`. */
  timeout: z.string().exactOptional(),
  /** A policy's name, `namespace/name`, or `PeerAuthentication`. */
  refusedBy: z.string().exactOptional(),
  allowed: z.boolean().exactOptional(),
});

const test = z.strictObject({
  name: z.string(),
  request,
  /** How often the request is sent in real traffic. */
  repeat: z.int().min(1).max(10_000).exactOptional(),
  expect: expectation.exactOptional(),
});

/** One line of the table of who may call what. */
const access = z.strictObject({
  to: z.string(),
  headers: headers.default({}),
  token: token.exactOptional(),
  allowed: z.array(z.string()).default([]),
  denied: z.array(z.string()).default([]),
  /** What holds for every workload that neither list names. */
  others: z.enum(['allowed', 'denied']).exactOptional(),
});

/** A file of tests, `*.mesh-test.yaml`. */
export const testFile = z.strictObject({
  /** Files, folders and kustomizations, from the test file's folder on; `-` is standard input. */
  manifests: z.array(path).default([]),
  /** Of objects and callers that name none. */
  namespace: z.string().default('default'),
  outboundPolicy: z.enum(['REGISTRY_ONLY', 'ALLOW_ANY']).default('REGISTRY_ONLY'),
  tests: z.array(test).default([]),
  access: z.array(access).default([]),
});

export type TestFile = z.output<typeof testFile>;
export type TestRequest = z.output<typeof request>;
export type Expectation = z.output<typeof expectation>;
export type Token = z.output<typeof token>;

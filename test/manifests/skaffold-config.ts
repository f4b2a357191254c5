import { z } from 'zod';

/** RFC 6902. */
const patch = z.discriminatedUnion('op', [
  z.strictObject({ op: z.enum(['add', 'replace']), path: z.string(), value: z.json() }),
  z.strictObject({ op: z.literal('remove'), path: z.string() }),
]);

const syncRule = z.strictObject({ src: z.string(), dest: z.string(), strip: z.string().optional() });

const artifact = z.strictObject({
  image: z.string(),
  docker: z.strictObject({
    dockerfile: z.string(),
    target: z.string().optional(),
    buildArgs: z.record(z.string(), z.string()),
  }),
  sync: z.strictObject({ manual: z.array(syncRule) }).optional(),
});

const build = z.strictObject({
  tagPolicy: z.strictObject({ inputDigest: z.strictObject({}) }).optional(),
  platforms: z.array(z.string()).optional(),
  artifacts: z.array(artifact).optional(),
  local: z.strictObject({ push: z.boolean().optional(), useBuildkit: z.boolean().optional() }).optional(),
  googleCloudBuild: z.strictObject({ projectId: z.string().optional() }).optional(),
});

const manifests = z.strictObject({
  rawYaml: z.array(z.string()),
  kustomize: z
    .strictObject({ paths: z.array(z.string()), buildArgs: z.array(z.string()).optional() })
    .optional(),
});

const profile = z.strictObject({
  name: z.string(),
  activation: z
    .array(
      z.strictObject({
        command: z.string().optional(),
        env: z.string().regex(/^\w+=/).optional(),
        kubeContext: z.string().optional(),
      }),
    )
    .optional(),
  build: build.optional(),
  patches: z.array(patch).optional(),
});

/**
 * The part of skaffold's schema v4beta13 that our skaffold.yaml uses, strict about everything else. skaffold's own
 * JSON schema is in no package; where skaffold itself is installed, the tests ask it too.
 */
export const skaffoldConfig = z.strictObject({
  apiVersion: z.literal('skaffold/v4beta13'),
  kind: z.literal('Config'),
  metadata: z.strictObject({ name: z.string() }),
  build,
  manifests,
  deploy: z.strictObject({ kubectl: z.strictObject({}), statusCheckDeadlineSeconds: z.int() }),
  portForward: z.array(
    z.strictObject({
      resourceType: z.enum(['service', 'deployment', 'pod']),
      resourceName: z.string(),
      namespace: z.string(),
      port: z.int(),
      localPort: z.int(),
    }),
  ),
  profiles: z.array(profile).default([]),
});

export type SkaffoldConfig = z.output<typeof skaffoldConfig>;

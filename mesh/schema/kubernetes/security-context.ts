import { z } from 'zod';
import { strings } from '#mesh/schema/scalars.ts';

const anyObject = z.record(z.string(), z.unknown()).optional();
const flag = z.boolean().optional();
const id = z.int().min(0).optional();

const profile = z
  .strictObject({
    type: z.enum(['Unconfined', 'RuntimeDefault', 'Localhost']),
    localhostProfile: z.string().optional(),
  })
  .optional();

const shared = {
  appArmorProfile: profile,
  runAsGroup: id,
  runAsNonRoot: flag,
  runAsUser: id,
  seLinuxOptions: anyObject,
  seccompProfile: profile,
  windowsOptions: anyObject,
};

/** Checked for spelling only: a process on the laptop runs as the person who started the mesh. */
export const containerSecurityContext = z.strictObject({
  ...shared,
  allowPrivilegeEscalation: flag,
  capabilities: z.strictObject({ add: strings, drop: strings }).partial().optional(),
  privileged: flag,
  procMount: z.string().optional(),
  readOnlyRootFilesystem: flag,
});

/** The pod's, checked for spelling only as well. */
export const podSecurityContext = z.strictObject({
  ...shared,
  fsGroup: id,
  fsGroupChangePolicy: z.string().optional(),
  seLinuxChangePolicy: z.string().optional(),
  supplementalGroups: z.array(z.int()).optional(),
  supplementalGroupsPolicy: z.string().optional(),
  sysctls: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
});

import { z } from 'zod';
import { fields, labels } from '#mesh/istiod/config/schema/fields.ts';

const writtenByServer = 'written by the API server';

const serverFields = {
  creationTimestamp: writtenByServer,
  deletionGracePeriodSeconds: writtenByServer,
  deletionTimestamp: writtenByServer,
  generation: writtenByServer,
  managedFields: writtenByServer,
  resourceVersion: writtenByServer,
  selfLink: writtenByServer,
  uid: writtenByServer,
};

const name = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, {
    error: 'expected a name of lower-case letters, digits, `-` and `.`, such as `frontend`',
  });

/**
 * An object's metadata. `namespace` is filled in before the schema sees the object: that of the command line where
 * the manifest names none, and the empty string for kinds without namespace.
 */
export const metadata = fields({
  supported: {
    name,
    namespace: z.string(),
    labels,
    annotations: labels,
    finalizers: z.unknown().optional(),
    ownerReferences: z.unknown().optional(),
  },
  harmless: { ...serverFields, generateName: 'the name is made from it' },
});

/** The metadata of a pod template, whose name and namespace are its owner's. */
export const templateMetadata = fields({
  supported: { labels, annotations: labels },
  harmless: {
    ...serverFields,
    finalizers: 'pods have none',
    generateName: 'pods are named after their owner',
    name: 'pods are named after their owner',
    namespace: "pods live in their owner's namespace",
    ownerReferences: 'pods belong to what has the template',
  },
});

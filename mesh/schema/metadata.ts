import { z } from 'zod';
import { fields } from '#mesh/schema/fields.ts';
import { labels } from '#mesh/schema/scalars.ts';

const writtenByServer = 'written by the API server';

const serverFields = {
  creationTimestamp: writtenByServer,
  deletionGracePeriodSeconds: writtenByServer,
  deletionTimestamp: writtenByServer,
  finalizers: 'nothing on a laptop waits for them',
  generation: writtenByServer,
  managedFields: writtenByServer,
  ownerReferences: 'objects on a laptop have no owners',
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
  supported: { name, namespace: z.string(), labels, annotations: labels },
  harmless: serverFields,
  unsupported: { generateName: 'the object needs a fixed `name`' },
});

/** The metadata of a pod template, whose name and namespace are its owner's. */
export const templateMetadata = fields({
  supported: { labels, annotations: labels },
  harmless: {
    ...serverFields,
    name: 'pods are named after their owner',
    namespace: "pods live in their owner's namespace",
  },
});

export type Metadata = z.infer<typeof metadata>;

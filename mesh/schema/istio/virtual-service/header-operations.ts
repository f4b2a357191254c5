import { z } from 'zod';
import { labels, strings } from '#mesh/schema/scalars.ts';

const changes = z.strictObject({ set: labels, add: labels, remove: strings });

export const headerOperations = z.strictObject({
  request: changes.exactOptional(),
  response: changes.exactOptional(),
});

export type HeaderOperations = z.infer<typeof headerOperations>;

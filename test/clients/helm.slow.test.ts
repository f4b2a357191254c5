import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { testTable } from '#test/clients/table.ts';
import { openTarget, type Target, targetName } from '#test/clients/target.ts';
import { needs } from '#test/components/component.ts';
import { kubernetesClients } from '#test/components/kubernetes-clients.ts';

describe(`helm on ${targetName}`, needs(kubernetesClients), () => {
  let target: Target;
  beforeAll(async () => {
    target = await openTarget();
  });
  afterAll(() => target?.close());

  testTable(join(import.meta.dirname, 'helm/helm.txt'), () => target.env);
});

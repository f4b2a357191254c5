import { expect } from 'vitest';
import { soon, startTaskMesh, status, type TaskMesh } from '#test/istio-tasks/task-mesh.ts';

/** A mesh as the security tasks prepare it: curl and httpbin in two namespaces with sidecars and one without. */
export interface SecurityMesh extends TaskMesh {
  /** The status of a request from a namespace; 000 without an answer. */
  says(from: string, url: string, options?: string): Promise<string>;
  expectSoon(from: string, url: string, code: string, options?: string): Promise<void>;
}

export async function startSecurityMesh(): Promise<SecurityMesh> {
  const task = await startTaskMesh();
  for (const namespace of ['foo', 'bar', 'legacy']) await task.shell(`kubectl create ns ${namespace}`);
  await task.shell('kubectl label ns foo bar default istio-injection=enabled --overwrite');
  for (const namespace of ['foo', 'bar', 'legacy']) {
    await task.sample('httpbin', namespace);
    await task.sample('curl', namespace);
  }
  const says = (from: string, url: string, options?: string) =>
    task.shell(status('curl', from, url, options)).then((text) => text.trim());
  const expectSoon = (from: string, url: string, code: string, options?: string) =>
    soon(async () => expect(await says(from, url, options)).toBe(code));
  return { ...task, says, expectSoon };
}

export const httpbin = (namespace: string, path = '/ip') => `http://httpbin.${namespace}:8000${path}`;

export const policy = (name: string, spec: string, namespace = 'foo') => `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}`;

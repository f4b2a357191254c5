import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { json } from 'node:stream/consumers';
import { createPatch } from 'rfc6902';
import { type DraftObject, isObject } from '#mesh/apiserver/object.ts';
import type { KeyPair } from '#mesh/istiod/ca/authority.ts';
import { withSidecar } from '#mesh/kubelet/pods/injection.ts';

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid?: string; readonly object: DraftObject };
}

/**
 * The webhook that injects sidecars, for `istioctl kube-inject`, which asks it (admission.k8s.io/v1). The API server of the
 * mesh injects by itself.
 */
export function createWebhook({ certificate, key }: KeyPair, onBug: (error: unknown) => void): Server {
  return createServer({ cert: certificate, key }, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return;
      onBug(error);
      response.writeHead(500).end();
    });
  }).on('error', onBug);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = URL.parse(request.url ?? '/', 'https://istiod')?.pathname;
  if (request.method !== 'POST' || !path?.startsWith('/inject')) {
    return refuse(response, 404, 'only POST /inject is answered here');
  }
  const review = await json(request).catch(() => undefined);
  if (!isReview(review)) return refuse(response, 400, 'the body must be an AdmissionReview with a pod');
  const { apiVersion, kind, request: asked } = review;
  const patch = createPatch(asked.object, withSidecar(asked.object));
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      ...{ apiVersion, kind },
      response: {
        ...{ uid: asked.uid ?? '', allowed: true, patchType: 'JSONPatch' },
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      },
    }),
  );
}

function isReview(value: unknown): value is Review {
  if (!isObject(value) || value['kind'] !== 'AdmissionReview' || !isObject(value['request'])) return false;
  const object = value['request']['object'];
  return isObject(object) && isObject(object['metadata']) && isObject(object['spec']);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
}

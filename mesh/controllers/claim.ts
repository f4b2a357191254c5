import type { Api } from '#mesh/apiserver/api.ts';
import { isObject, type KubernetesObject } from '#mesh/apiserver/object.ts';
import type { StoreEvent } from '#mesh/apiserver/store/store.ts';
import type { Controller } from '#mesh/controllers/controllers.ts';
import { find, isTerminating, keyOf, writeStatus } from '#mesh/controllers/workload.ts';

const claims = 'persistentvolumeclaims';

/**
 * Binds every PersistentVolumeClaim: its volume is a folder of this machine, which needs no provisioner. `helm install --wait` waits
 * for it.
 */
export class ClaimController implements Controller {
  readonly name = 'persistentvolume-controller';
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  concerns({ resource, object }: StoreEvent): readonly string[] {
    return resource === claims ? [keyOf(object)] : [];
  }

  async sync(key: string): Promise<undefined> {
    const claim = find<KubernetesObject>(this.#api, claims, key);
    if (!claim || isTerminating(claim)) return;
    const { accessModes, resources } = isObject(claim['spec']) ? claim['spec'] : {};
    const requests = isObject(resources) && isObject(resources['requests']) ? resources['requests'] : {};
    const status = { accessModes, capacity: { storage: requests['storage'] }, phase: 'Bound' };
    await writeStatus(this.#api, { resource: claims, object: claim, status, manager: this.name });
  }
}

import { spiffeId } from '#mesh/model/identity.ts';
import type { Authority, KeyPair } from '#mesh/run/certificates/authority.ts';

export interface Identity {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** One certificate for each service account, issued when it is first asked for and again before it expires. */
export interface Identities {
  readonly root: KeyPair;
  certificate(identity: Identity): Promise<KeyPair>;
  /** Replaces the certificates of which less than half of the life is left, as istio-agent does; returns whose. */
  renew(now?: Date): Promise<readonly Identity[]>;
}

export interface IdentitiesOptions {
  readonly authority: Authority;
  readonly trustDomain: string;
  /** Milliseconds; 24 hours. */
  readonly validity?: number;
}

export function createIdentities({ authority, trustDomain, validity }: IdentitiesOptions): Identities {
  const issued = new Map<string, { readonly identity: Identity; readonly pair: Promise<KeyPair> }>();

  function issue(identity: Identity): Promise<KeyPair> {
    const uri = spiffeId(trustDomain, identity.namespace, identity.serviceAccount);
    const pair = authority.issue({ uris: [uri], ...(validity === undefined ? {} : { validity }) });
    issued.set(keyOf(identity), { identity, pair });
    return pair;
  }

  return {
    root: authority.root,
    certificate: (identity) => issued.get(keyOf(identity))?.pair ?? issue(identity),
    async renew(now = new Date()) {
      const renewed: Identity[] = [];
      for (const { identity, pair } of [...issued.values()]) {
        if (isHalfOver(await pair, now)) {
          await issue(identity);
          renewed.push(identity);
        }
      }
      return renewed;
    },
  };
}

function keyOf({ namespace, serviceAccount }: Identity): string {
  return `${namespace}/${serviceAccount}`;
}

function isHalfOver({ notBefore, notAfter }: KeyPair, now: Date): boolean {
  return now.getTime() - notBefore.getTime() > (notAfter.getTime() - notBefore.getTime()) / 2;
}

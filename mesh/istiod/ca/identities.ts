import type { Authority, KeyPair } from '#mesh/istiod/ca/authority.ts';
import { spiffeId } from '#mesh/istiod/model/workload-identity.ts';

export interface Identity {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/**
 * One certificate for each service account, issued when it is first asked for and again by the wall clock: timers stand
 * still while a laptop sleeps, and certificates go on ageing.
 */
export interface Identities {
  readonly root: KeyPair;
  /** Never one of which more than half of the life is over. */
  certificate(identity: Identity): Promise<KeyPair>;
  /**
   * Replaces the certificates of which less than half of the life is left, as istio-agent does. Returns whose have been
   * replaced since the last call, those that `certificate` replaced among them.
   */
  renew(): Promise<readonly Identity[]>;
}

export interface IdentitiesOptions {
  readonly authority: Authority;
  readonly trustDomain: string;
  /** The wall clock. */
  readonly now?: () => Date;
  /** Milliseconds; 24 hours. */
  readonly validity?: number;
}

interface Issued {
  readonly identity: Identity;
  readonly pair: Promise<KeyPair>;
}

export function createIdentities(options: IdentitiesOptions): Identities {
  const { authority, trustDomain, validity, now = () => new Date() } = options;
  const issued = new Map<string, Issued>();
  const replaced = new Map<string, Identity>();

  function issue(identity: Identity): Promise<KeyPair> {
    const uri = spiffeId(trustDomain, identity.namespace, identity.serviceAccount);
    const pair = authority.issue({ uris: [uri], ...(validity === undefined ? {} : { validity }) });
    issued.set(keyOf(identity), { identity, pair });
    return pair;
  }

  async function certificate(identity: Identity): Promise<KeyPair> {
    const key = keyOf(identity);
    const held = issued.get(key);
    if (!held) {
      return issue(identity);
    }
    const pair = await held.pair;
    if (!isDue(pair, now())) {
      return pair;
    }
    // Somebody else may have replaced it meanwhile.
    if (issued.get(key) !== held) {
      return certificate(identity);
    }
    replaced.set(key, held.identity);
    return issue(identity);
  }

  return {
    root: authority.root,
    certificate,
    async renew() {
      for (const { identity } of [...issued.values()]) {
        await certificate(identity);
      }
      const renewed = [...replaced.values()];
      replaced.clear();
      return renewed;
    },
  };
}

function keyOf({ namespace, serviceAccount }: Identity): string {
  return `${namespace}/${serviceAccount}`;
}

/** Half of its life is over, or, when the clock was set back, has not begun. */
function isDue({ notBefore, notAfter }: KeyPair, now: Date): boolean {
  const age = now.getTime() - notBefore.getTime();
  return age < 0 || age > (notAfter.getTime() - notBefore.getTime()) / 2;
}

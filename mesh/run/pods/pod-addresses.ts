const LAST = 255 * 254;

/**
 * Addresses for pods, from 10.244.0.0/16, which many clusters give to theirs. Nothing is bound to them: the Envoys
 * know which local ports stand for them. One after the other, so that an address does not soon come to mean another pod.
 */
export class PodAddresses {
  readonly #leased = new Set<string>();
  #last = 0;

  lease(): string {
    for (let tries = 0; tries < LAST; tries += 1) {
      this.#last = (this.#last % LAST) + 1;
      const address = addressOf(this.#last);
      if (!this.#leased.has(address)) {
        this.#leased.add(address);
        return address;
      }
    }
    throw new Error(`no address is left for another pod: ${LAST} are in use`);
  }

  release(address: string): void {
    this.#leased.delete(address);
  }
}

/** 10.244.0.1 to 10.244.254.254. */
function addressOf(index: number): string {
  return `10.244.${Math.floor((index - 1) / 254)}.${((index - 1) % 254) + 1}`;
}

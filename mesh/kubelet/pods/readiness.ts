/**
 * Whether a pod serves, and whether its callers know. Each time that it begins to serve is a spell of its own: the pod
 * counts as ready when every Envoy has acknowledged the spell that lasts now, so that whoever reads "ready" gets an answer.
 */
export class Readiness {
  #serves = false;
  #spell = 0;
  #announced = 0;

  /** What the Envoys are to be told. */
  get serves(): boolean {
    return this.#serves;
  }

  /** What everybody else is told. */
  get ready(): boolean {
    return this.#serves && this.#announced === this.#spell;
  }

  get wasReady(): boolean {
    return this.#announced > 0;
  }

  /** To be remembered before the Envoys are told, for `announced`. */
  get spell(): number {
    return this.#spell;
  }

  /** To be called after every change, so that an end and a new beginning are two spells. */
  observe(serves: boolean): void {
    if (serves && !this.#serves) this.#spell += 1;
    this.#serves = serves;
  }

  /** Every Envoy has acknowledged what was so in this spell; a later one they do not know. */
  announced(spell: number): void {
    this.#announced = Math.max(this.#announced, spell);
  }
}

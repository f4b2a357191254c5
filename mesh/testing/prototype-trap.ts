/** A name that is fine for a label, a field, a namespace, a port or a host. */
export const TRAP = 'trap';

/**
 * Runs something while every object inherits a property called {@link TRAP} that throws when it is read. So a look-up of a
 * name from outside in a plain object, which finds `constructor` where nobody wrote it, shows itself wherever it is made.
 */
export function withTrap<T>(run: () => T): T {
  Object.defineProperty(Object.prototype, TRAP, {
    configurable: true,
    get() {
      throw new Error('a name from outside was looked up in a plain object, which does not have it');
    },
    set(this: object, value: unknown) {
      Object.defineProperty(this, TRAP, { value, configurable: true, enumerable: true, writable: true });
    },
  });
  try {
    return run();
  } finally {
    Reflect.deleteProperty(Object.prototype, TRAP);
  }
}

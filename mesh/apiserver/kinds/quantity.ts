const powers: ReadonlyMap<string, number> = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const nano = 10n ** 9n;

/** A quantity in billionths, exactly: `100m`, `1.5Gi`, `2e3`. Undefined when it is none. */
export function quantityOf(value: unknown): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d{1,3})?$/.exec(String(value));
  if (!match || (match[2] === '' && !match[3])) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const digits = BigInt(`${whole}${fraction}`);
  const at = binary.indexOf(suffix);
  const scale = at < 0 ? 1n : 1024n ** BigInt(at + 1);
  const exponent = (at < 0 ? (powers.get(suffix) ?? Number(suffix.slice(1))) : 0) - fraction.length;
  const scaled = digits * scale * nano;
  const size =
    exponent >= 0
      ? scaled * 10n ** BigInt(exponent)
      : (scaled + 10n ** BigInt(-exponent) - 1n) / 10n ** BigInt(-exponent);
  return sign === '-' ? -size : size;
}

export function isWhole(quantity: bigint): boolean {
  return quantity % nano === 0n;
}

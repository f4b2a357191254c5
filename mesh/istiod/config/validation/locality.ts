import type { Field, Problems } from '#mesh/istiod/config/validation/field.ts';

/** The `localityLbSetting` of a load balancer. */
export function* checkLocality(locality: Field, outliers: Field): Problems {
  const [distribute, failover] = [locality.at('distribute').items, locality.at('failover').items];
  if (distribute.length > 0 && failover.length > 0) {
    yield locality.refused("can not simultaneously specify 'distribute' and 'failover'");
    return;
  }
  for (const shares of distribute) {
    const fault = sharesFault(shares.at('to'));
    if (fault !== undefined) {
      yield shares.refused(fault, 'write parts that add up to 100');
      return;
    }
    yield* checkPlaces(
      shares,
      shares.at('to').entries.map(([place]) => place),
    );
  }
  yield* checkPlaces(
    locality.at('distribute'),
    distribute.map((shares) => shares.at('from').text),
  );
  const failsOver = failover.length > 0 || locality.at('failoverPriority').items.length > 0;
  if (failsOver && !outliers.isSet)
    yield locality.warned('outlier detection policy must be provided for failover');
  for (const one of failover) yield* checkFailover(one);
}

function sharesFault(to: Field): string | undefined {
  const shares = to.entries.map(([, { number }]) => number);
  if (shares.some((share) => share <= 0 || share > 100)) return 'locality weight must be in range [1, 100]';
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total === 100 ? undefined : `total locality weight ${total} != 100`;
}

/** Places as `region/zone/subzone`, a `*` at the end: none of them within another. */
function* checkPlaces(field: Field, places: readonly string[]): Problems {
  const seen: (readonly string[])[] = [];
  for (const place of places) {
    const parts = place.split('/').slice(0, 3);
    const fault = placeFault(place, parts, seen);
    if (fault !== undefined) {
      yield field.refused(`locality ${place} ${fault}`);
      return;
    }
    seen.push(parts);
  }
}

function placeFault(
  place: string,
  parts: readonly string[],
  seen: readonly (readonly string[])[],
): string | undefined {
  if (place.slice(0, -1).includes('*')) return "wildcard '*' number can not exceed 1 and must be in the end";
  if (parts.includes('')) return 'must not contain empty region/zone/subzone info';
  const isTaken = seen.some((one) => isBelow(parts, withoutStar(one)) || isBelow(one, parts));
  return isTaken ? 'overlap with previous specified ones' : undefined;
}

const withoutStar = (parts: readonly string[]) => (parts.at(-1) === '*' ? parts.slice(0, -1) : parts);

function isBelow(inner: readonly string[], outer: readonly string[]): boolean {
  return outer.every((part, index) => inner[index] === part);
}

function* checkFailover(failover: Field): Problems {
  const regions = [failover.at('from').text, failover.at('to').text];
  if (regions[0] === regions[1])
    yield failover.refused('locality lb failover settings must specify different regions');
  if (regions.some((region) => region.includes('/')))
    yield failover.refused('locality lb failover only specify region');
  if (regions.some((region) => region.includes('*')))
    yield failover.refused("locality lb failover region should not contain '*' wildcard");
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caseGroups, loadCases } from '#test/conformance/case.ts';
import { Laptop } from '#test/conformance/laptop/laptop.ts';
import { check } from '#test/conformance/observe.ts';

/** Groups about who is reached and trusted; the others are about routes, and as many. */
const OTHERS: ReadonlySet<string> = new Set([
  ...['envoy-filters', 'external-authorization', 'gateway-tls', 'protocols', 'security', 'service-entries'],
  ...['sidecars', 'tls', 'tokens', 'workload-entries'],
]);

/** Tests half of the groups of cases on a laptop mesh, so that two files can do it at once. */
export function testGroups(half: 'routes' | 'others'): void {
  let laptop: Laptop;
  beforeAll(async () => {
    laptop = await Laptop.start();
  });
  afterAll(() => laptop?.close());

  const groups = caseGroups().filter((group) => OTHERS.has(group) === (half === 'others'));
  describe.each(groups)('%s: the laptop does what Istio does', (group) => {
    test.each(loadCases(group).map((one) => [one.name, one] as const))('%s', async (_, one) => {
      const { differences } = await check(laptop, one);
      // A line `laptop: differs because …` keeps a known difference in the table; it goes with the difference.
      if (one.differs === undefined) expect(differences).toEqual([]);
      else
        expect(differences, 'this case does not differ any more: remove its line `laptop:`').not.toEqual([]);
    });
  });
}

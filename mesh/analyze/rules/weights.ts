import { type WeightedRoute, weightedRoutes } from '#mesh/analyze/routed-destinations.ts';
import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import type { Diagnostic } from '#mesh/diagnostic.ts';
import type { VirtualService } from '#mesh/schema/resource.ts';

/**
 * Istio takes weights as shares of their sum, whatever the sum is, and refuses only a sum of zero (IST0106). A sum
 * other than 100 and a destination without weight are more often slips than intentions, so both get a warning.
 */
export const weights: Rule = (analysis) => analysis.of('VirtualService').flatMap(weightProblems);

function weightProblems(virtualService: VirtualService): readonly Diagnostic[] {
  return weightedRoutes(virtualService).flatMap(({ route, path }) => {
    if (route.length < 2) return [];
    const sum = route.reduce((total, { weight = 0 }) => total + weight, 0);
    if (sum === 0) return [zeroSum(virtualService, path)];
    const missing = route.flatMap(({ weight, destination }, item) =>
      weight === undefined
        ? [noWeight({ virtualService, path: [...path, item], host: destination.host, sum })]
        : [],
    );
    return sum === 100 ? missing : [...missing, oddSum({ virtualService, path, route })];
  });
}

type Path = readonly (string | number)[];

function zeroSum(virtualService: VirtualService, path: Path): Diagnostic {
  return diagnose(virtualService, path, {
    code: 'IST0106',
    message: 'the weights of the destinations sum to 0, so none of them gets a request',
    fix: 'give each destination a `weight`, together 100',
  });
}

function noWeight(found: {
  virtualService: VirtualService;
  path: Path;
  host: string;
  sum: number;
}): Diagnostic {
  return diagnose(found.virtualService, found.path, {
    severity: 'warning',
    code: 'M101-missing-weight',
    message: `destination \`${found.host}\` has no weight beside others that have one, so it gets no request`,
    fix: found.sum < 100 ? `add \`weight: ${100 - found.sum}\`` : 'add a `weight`, or remove the destination',
  });
}

function oddSum({
  virtualService,
  path,
  route,
}: WeightedRoute & { virtualService: VirtualService }): Diagnostic {
  const sum = route.reduce((total, { weight = 0 }) => total + weight, 0);
  const shares = route.map(({ weight = 0 }) => `${weight}/${sum} = ${((100 * weight) / sum).toFixed(1)} %`);
  return diagnose(virtualService, path, {
    severity: 'warning',
    code: 'M101-weight-sum',
    message: `the weights sum to ${sum}, not 100: each destination gets its share of the sum (${shares.join(', ')})`,
    fix: 'make the weights sum to 100, so that they read as percentages',
  });
}

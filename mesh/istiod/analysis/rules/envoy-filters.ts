import { diagnose, type Rule } from '#mesh/istiod/analysis/rule.ts';

/**
 * M101-all-ports: a patch for the listener of one port through which sidecars send requests. The laptop has one listener for
 * all of them, so that the patch holds for all.
 */
export const envoyFilters: Rule = (analysis) =>
  analysis.of('EnvoyFilter').flatMap((filter) =>
    filter.spec.configPatches.flatMap(({ match }, index) => {
      const { context, listener } = match ?? {};
      const isOutbound = context === 'SIDECAR_OUTBOUND' || context === 'ANY';
      const field = listener?.portNumber ? 'portNumber' : 'name';
      if (!isOutbound || !listener || (!listener.portNumber && !listener.name?.startsWith('0.0.0.0_')))
        return [];
      return [
        diagnose(filter, ['spec', 'configPatches', index, 'match', 'listener', field], {
          severity: 'warning',
          code: 'M101-all-ports',
          message:
            'sidecars on the laptop send the requests to all ports through one listener: for requests, the patch holds at every port',
          fix: 'patch VIRTUAL_HOST or HTTP_ROUTE instead, which are told apart by port',
        }),
      ];
    }),
  );

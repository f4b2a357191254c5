import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { nearest } from '#mesh/schema/nearest.ts';

/** M101-missing-claim: pods that mount a PersistentVolumeClaim which does not exist wait for it for ever. */
export const claimReference: Rule = (analysis) =>
  analysis.of('Deployment').flatMap((deployment) => {
    const { namespace } = deployment.metadata;
    return deployment.spec.template.spec.volumes.flatMap(({ persistentVolumeClaim: claim }, index) => {
      if (!claim || analysis.get('PersistentVolumeClaim', { name: claim.claimName, namespace })) return [];
      const own = analysis
        .of('PersistentVolumeClaim')
        .filter(({ metadata }) => metadata.namespace === namespace);
      const match = nearest(
        claim.claimName,
        own.map(({ metadata }) => metadata.name),
      );
      const path = ['spec', 'template', 'spec', 'volumes', index, 'persistentVolumeClaim', 'claimName'];
      return [
        diagnose(deployment, path, {
          code: 'M101-missing-claim',
          message: `PersistentVolumeClaim \`${claim.claimName}\` not found in namespace \`${namespace}\``,
          fix:
            match === undefined
              ? `add a PersistentVolumeClaim \`${claim.claimName}\``
              : `did you mean \`${match}\`?`,
        }),
      ];
    });
  });

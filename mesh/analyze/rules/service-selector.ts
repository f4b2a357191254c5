import { diagnose, type Rule } from '#mesh/analyze/rule.ts';
import { labelText } from '#mesh/analyze/workloads.ts';
import { nearest } from '#mesh/schema/nearest.ts';

/** M101-no-pods: a Service that selects no pod answers 503. A Service without selector is left alone. */
export const serviceSelector: Rule = (analysis) =>
  analysis.of('Service').flatMap((service) => {
    const { selector } = service.spec;
    const { namespace } = service.metadata;
    if (Object.keys(selector).length === 0) return [];
    if (analysis.workloads.selectedBy(selector, namespace).length > 0) return [];
    const [key = '', value = ''] =
      Object.entries(selector).find(
        ([name, wanted]) => !analysis.workloads.labelValues(name, namespace).includes(wanted),
      ) ?? [];
    const match = nearest(value, analysis.workloads.labelValues(key, namespace));
    return [
      diagnose(service, ['spec', 'selector'], {
        severity: 'warning',
        code: 'M101-no-pods',
        message: `the selector (${labelText(selector)}) selects no pod, so requests to the Service get 503`,
        fix:
          match === undefined
            ? 'apply a Deployment whose pods have these labels'
            : `did you mean \`${key}: ${match}\`?`,
      }),
    ];
  });

import type { IncomingHttpHeaders } from 'node:http';
import { POD_NAME, SERVICE_VERSION } from '#platform/instance-headers.ts';

/** Which of a service's pods answered. */
export interface Instance {
  readonly pod: string;
  readonly version?: string;
  readonly cluster?: string;
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly podname?: string | null | undefined;
  readonly clustername?: string | null | undefined;
}

/** What an answer says about its pod: in its body, as reviews does, or in the headers of this project's services. */
export function instanceOf({ headers, podname, clustername }: Answer): Instance | undefined {
  const pod = told(podname) ?? told(headers[POD_NAME]);
  if (pod === undefined) return undefined;
  const [version, cluster] = [told(headers[SERVICE_VERSION]), told(clustername)];
  return { pod, ...(version && { version }), ...(cluster && { cluster }) };
}

/** Other implementations write the word null if they know nothing. */
function told(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== 'null' ? value : undefined;
}

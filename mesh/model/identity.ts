/** The SPIFFE URI in a workload's certificate (https://istio.io/latest/docs/concepts/security/#istio-identity). */
export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}

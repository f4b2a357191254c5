/** What a runner at this address leaves in its folder. */
export function ownConfig(server: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: mesh101
  cluster:
    server: ${server}
    certificate-authority-data: Q0E=
users:
- name: mesh101
  user:
    client-certificate-data: Y2VydA==
    client-key-data: a2V5
contexts:
- name: mesh101
  context:
    cluster: mesh101
    user: mesh101
current-context: mesh101
`;
}

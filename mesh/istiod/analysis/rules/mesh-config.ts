import { diagnose, type Rule } from '#mesh/istiod/analysis/rule.ts';
import { unreadFields } from '#mesh/istiod/config/mesh-config.ts';
import { MESH_CONFIG } from '#mesh/istiod/config/resources.ts';

/** M101-mesh-config: what the laptop does not carry out of the mesh configuration, or cannot read of it. */
export const meshConfig: Rule = (analysis) => {
  const [namespace = '', name = ''] = MESH_CONFIG.split('/');
  const map = analysis.get('ConfigMap', { name, namespace });
  if (!map) return [];
  const path = ['data', 'mesh'];
  const unread = unreadFields(map.data);
  const severity = 'warning' as const;
  const code = 'M101-mesh-config';
  if (unread === undefined) {
    const message = '`data.mesh` is no YAML with fields, so nothing of it is carried out';
    return [diagnose(map, path, { severity, code, message, fix: 'write one field in each line' })];
  }
  return unread.map((field) =>
    diagnose(map, path, {
      ...{ severity, code },
      message: `\`${field}\` of the mesh configuration is not carried out on the laptop`,
      fix: 'leave it out, or expect its default',
    }),
  );
};

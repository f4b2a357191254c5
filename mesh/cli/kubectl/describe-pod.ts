import { formatFields, indented } from '#mesh/cli/kubectl/described-fields.ts';
import { field, listField, textField } from '#mesh/cli/kubectl/object-fields.ts';
import { podStatus } from '#mesh/cli/kubectl/pod-status.ts';
import type { KubernetesObject } from '#mesh/run/api.ts';

/** A pod with the state of each container, and why one was restarted. */
export function describePod(pod: KubernetesObject): string {
  const head = formatFields([
    ['Service Account', textField(pod, 'spec', 'serviceAccountName') || 'default'],
    ['Status', podStatus(pod)],
    ['IP', textField(pod, 'status', 'podIP') || '<none>'],
  ]);
  const declared = listField(pod, 'spec', 'containers');
  const containers = listField(pod, 'status', 'containerStatuses').map((status) =>
    describeContainer(
      status,
      declared.find((container) => textField(container, 'name') === textField(status, 'name')),
    ),
  );
  return `${head}Containers:\n${indented(containers.join(''))}${conditions(pod)}`;
}

function describeContainer(status: unknown, declared: unknown): string {
  const lines = [
    ['Image', textField(status, 'image') || textField(declared, 'image')] as const,
    ['Ports', ports(declared)] as const,
    ['State', describeState(field(status, 'state'))] as const,
    ...lastState(field(status, 'lastState')),
    ['Ready', field(status, 'ready') === true ? 'True' : 'False'] as const,
    ['Restart Count', textField(status, 'restartCount') || '0'] as const,
  ];
  return `${textField(status, 'name')}:\n${formatFields(lines, '  ')}`;
}

function ports(declared: unknown): string {
  return (
    listField(declared, 'ports')
      .map((port) => `${textField(port, 'containerPort')}/TCP`)
      .join(', ') || '<none>'
  );
}

function lastState(state: unknown): readonly (readonly [string, string])[] {
  return state && Object.keys(state).length > 0 ? [['Last State', describeState(state)]] : [];
}

/** `Running since …`, `Waiting: CrashLoopBackOff: back-off 5s`, `Terminated: Error, exit code 1`. */
function describeState(state: unknown): string {
  const running = field(state, 'running');
  if (running) return ['Running', textField(running, 'startedAt')].filter(Boolean).join(' since ');
  const waiting = field(state, 'waiting');
  if (waiting)
    return ['Waiting', textField(waiting, 'reason'), textField(waiting, 'message')]
      .filter(Boolean)
      .join(': ');
  const terminated = field(state, 'terminated');
  if (!terminated) return 'Unknown';
  const exitCode = textField(terminated, 'exitCode');
  const reason = textField(terminated, 'reason') || 'Error';
  const message = textField(terminated, 'message');
  return `Terminated: ${reason}, exit code ${exitCode}${message ? `: ${message}` : ''}`;
}

function conditions(pod: KubernetesObject): string {
  const rows = listField(pod, 'status', 'conditions').map((each) => {
    const why = textField(each, 'message') || textField(each, 'reason');
    return [textField(each, 'type'), `${textField(each, 'status')}${why ? `  (${why})` : ''}`] as const;
  });
  return rows.length > 0 ? `Conditions:\n${formatFields(rows, '  ')}` : '';
}

// Numbers and names as people read them.

export function rate(perSecond) {
  if (perSecond === 0) return '0/s';
  if (perSecond < 0.095) return '<0.1/s';
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString('en')}/s`;
}

export function percent(value) {
  if (value > 0 && value < 1) return '<1 %';
  if (value > 99 && value < 100) return '>99 %';
  return `${Math.round(value)} %`;
}

export function milliseconds(value) {
  if (value === undefined) return '–';
  if (value < 10) return `${value.toFixed(1)} ms`;
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} s`;
}

export function bytes(value) {
  if (value < 1000) return `${Math.round(value)} B`;
  return value < 1_000_000 ? `${(value / 1000).toFixed(1)} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

export function clock(time) {
  return new Date(time).toLocaleTimeString('en-GB');
}

/** A service's host as a program of the namespace `default` asks for it. */
export function shortHost(host) {
  return host.replace(/\.svc\.cluster\.local$/, '').replace(/\.default$/, '');
}

export function objectTitle({ kind, namespace, name }) {
  return `${kind} ${namespace && namespace !== 'default' ? `${namespace}/` : ''}${name}`;
}

/** The address of an object's source in this page, at one of its fields. */
export function objectLink({ kind, namespace, name }, field) {
  const query = field ? `?field=${encodeURIComponent(field)}` : '';
  return `#/policies/${[kind, namespace || '-', name].map(encodeURIComponent).join('/')}${query}`;
}

/** Steps such as `['spec', 'http', 0]` as `spec.http[0]`. */
export function fieldText(steps) {
  return steps.reduce(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step),
    '',
  );
}

/** What Envoy's response flags mean. */
const FLAGS = {
  UH: 'no healthy endpoint',
  UF: 'the connection failed',
  UO: 'turned away by a limit (circuit breaker)',
  NR: 'no route',
  URX: 'gave up after all retries',
  UT: 'no answer in time',
  UC: 'the connection broke off',
  LR: 'reset here',
  UR: 'reset by the other side',
  NC: 'no such cluster',
  DI: 'delayed on purpose',
  FI: 'aborted on purpose',
  DC: 'the caller went away',
  UAEX: 'denied by external authorization',
  RL: 'rate limited',
  DPE: 'not HTTP',
};

export function flagText(flag) {
  const names = flag.split(',');
  return names.map((name) => FLAGS[name] ?? name).join(', ');
}

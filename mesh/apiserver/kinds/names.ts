/** What is wrong with a text that is to be a name, in Kubernetes' words; nothing when it may. */
export type NameCheck = (text: string) => readonly string[];

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const key = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

interface Syntax {
  readonly pattern: string;
  readonly means: string;
  readonly examples: readonly string[];
  readonly most?: number;
  /** In which Kubernetes' message counts. */
  readonly unit?: string;
}

function check({ pattern, means, examples, most, unit }: Syntax): NameCheck {
  const regex = new RegExp(`^(?:${pattern})$`);
  const given = examples.map((example) => `'${example}', `).join(' or ');
  const message = `${means} (e.g. ${given}regex used for validation is '${pattern}')`;
  return (text) => [
    ...(most !== undefined && Buffer.byteLength(text) > most ? [tooLong(most, unit)] : []),
    ...(regex.test(text) ? [] : [message]),
  ];
}

function tooLong(most: number, unit = 'characters'): string {
  return `must be no more than ${most} ${unit}`;
}

const labelSyntax = check({
  pattern: label,
  means:
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ['my-name', '123-abc'],
  most: 63,
});

export const dnsSubdomain = check({
  pattern: subdomain,
  means:
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: ['example.com'],
  most: 253,
});

/** RFC 1123: containers, namespaces, ports of Services. */
export const dnsLabel: NameCheck = (text) => {
  const messages = labelSyntax(text);
  if (!new RegExp(`^(?:${subdomain})$`).test(text) || !text.includes('.')) return messages;
  return [...messages.filter((message) => message.startsWith('must be no more')), 'must not contain dots'];
};

/** RFC 1035, which wants a letter at the beginning: Services. */
export const dns1035Label = check({
  pattern: '[a-z]([-a-z0-9]*[a-z0-9])?',
  means:
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  examples: ['my-name', 'abc-123'],
  most: 63,
});

export const wildcardSubdomain = check({
  pattern: `\\*\\.${subdomain}`,
  means:
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  examples: ['*.example.com'],
  most: 253,
});

/** What can stand in a path: names of roles, which may have colons. */
export const pathSegment: NameCheck = (text) => {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%'].filter((part) => text.includes(part)).map((part) => `may not contain '${part}'`);
};

const keyMeans =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const keyExamples = ['MyName', 'my.name', '123-abc'];
const keyName = check({ pattern: key, means: keyMeans, examples: keyExamples });

/** A label's key, an annotation's (in lower case), a finalizer: `example.com/name`. */
export const qualifiedName: NameCheck = (text) => {
  const parts = text.split('/');
  if (parts.length > 2) {
    const [message] = keyName('/');
    return [
      `a valid label key ${message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const prefix = parts.length === 2 ? parts[0] : undefined;
  const ofPrefix =
    prefix === '' ? ['must be non-empty'] : prefix === undefined ? [] : [...dnsSubdomain(prefix)];
  const length = name === '' ? ['must be non-empty'] : name.length > 63 ? [tooLong(63, 'bytes')] : [];
  return [
    ...ofPrefix.map((message) => `prefix part ${message}`),
    ...[...length, ...keyName(name)].map((message) => `name part ${message}`),
  ];
};

export const labelValue = check({
  pattern: `(${key})?`,
  means:
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ['MyValue', 'my_value', '12345'],
  most: 63,
  unit: 'bytes',
});

/** A container's port, and whatever refers to it by name. */
export const portName: NameCheck = (text) => [
  ...(text.length > 15 ? [tooLong(15)] : []),
  ...(/^[-a-z0-9]+$/.test(text)
    ? []
    : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
  ...(/[a-z]/.test(text) ? [] : ['must contain at least one letter (a-z)']),
  ...(text.includes('--') ? ['must not contain consecutive hyphens'] : []),
  ...(/^-|-$/.test(text) ? ['must not begin or end with a hyphen'] : []),
];

const configKeySyntax = check({
  pattern: '[-._a-zA-Z0-9]+',
  means: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ['key.name', 'KEY_NAME', 'key-name'],
  most: 253,
});

/** A key of a ConfigMap or Secret, which may become a file. */
export const configKey: NameCheck = (text) => [...configKeySyntax(text), ...upwards(text)];

function upwards(text: string): readonly string[] {
  if (text === '.' || text === '..') return [`must not be '${text}'`];
  return text.startsWith('..') ? ["must not start with '..'"] : [];
}

/** Since Kubernetes 1.34 a variable may have any printable name. */
export const variableName: NameCheck = (text) =>
  /^[ -<>-~]*$/.test(text)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

export const headerName = check({
  pattern: '[-A-Za-z0-9]+',
  means: "a valid HTTP header must consist of alphanumeric characters or '-'",
  examples: ['X-Header-Name'],
});

export const percentage = check({
  pattern: '[0-9]+%',
  means: "a valid percent string must be a numeric string followed by an ending '%'",
  examples: ['1%', '93%'],
});

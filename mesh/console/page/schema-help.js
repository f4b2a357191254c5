// What may stand at a place of a manifest, by the OpenAPI documents that the mesh serves.

/** The kind of the document in which a line stands, and the names on the way to it, by indentation. */
export function fieldAt(text, line) {
  const all = text.split('\n');
  const start = all.slice(0, line).lastIndexOf('---') + 1;
  const end = all.indexOf('---', start);
  const document = all.slice(start, end < 0 ? undefined : end);
  const find = (name) =>
    document.map((one) => new RegExp(`^${name}:\\s*(\\S+)`).exec(one)?.[1]).find(Boolean);
  const [apiVersion, kind] = [find('apiVersion'), find('kind')];
  if (!apiVersion || !kind) return undefined;
  const path = [];
  let indent = Number.POSITIVE_INFINITY;
  for (const one of all.slice(start, line).reverse()) {
    const [, space, dash = '', name] = /^(\s*)((?:- )*)([\w./-]+):/.exec(one) ?? [];
    if (name === undefined || space.length + dash.length >= indent) continue;
    path.unshift(name);
    indent = dash === '' ? space.length : space.length + dash.length;
    // What stands behind a dash belongs to the key above the dash.
    if (dash !== '') indent = space.length + 1;
    if (indent === 0) break;
  }
  return { apiVersion, kind, path };
}

/** A field's name, or its value, as far as it is written before the cursor. */
const BEGUN = /^(\s*)((?:- )*)(?:([\w./-]+):\s+)?([\w./-]*)$/;

/**
 * What is being written at a position: the field around it, as far as it is written, and whether it is a value.
 * Undefined where no field and no value can stand.
 */
export function placeAt(text, position) {
  const before = text.slice(0, position).split('\n');
  const [, space, dash, key, typed] = BEGUN.exec(before.at(-1)) ?? [];
  if (typed === undefined || /^[\w./:-]/.test(text.slice(position))) return undefined;
  const lines = text.split('\n');
  // A key that is only begun is no field yet.
  lines[before.length - 1] = `${space}${dash}${key ?? 'x'}:`;
  const field = fieldAt(lines.join('\n'), before.length);
  if (!field) return undefined;
  const path = key === undefined ? field.path.slice(0, -1) : field.path;
  return { ...field, path, typed, isValue: key !== undefined, indent: space.length + dash.length };
}

/** Where the document about a version of a group is served. */
export function documentPath(apiVersion) {
  return `${apiVersion.includes('/') ? 'apis' : 'api'}/${apiVersion}`;
}

/** The schema at a path of fields in a kind; lists are passed through. Undefined where nothing is known. */
export function schemaAt(document, { apiVersion, kind, path }) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const isIt = (one) => one.group === group && one.version === version && one.kind === kind;
  const schemas = document.components.schemas;
  const root = Object.values(schemas).find((one) => one['x-kubernetes-group-version-kind']?.some(isIt));
  return path.reduce((schema, name) => member(inside(schema, schemas), name), root && { ...root, schemas });
}

/** What a reference or a list is about, with the words that stand beside the reference. */
function inside(schema, schemas) {
  if (schema === undefined) return undefined;
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0].$ref : undefined);
  const found = reference ? schemas[reference.split('/').at(-1)] : schema;
  return found?.type === 'array' ? inside(found.items, schemas) : found && { ...found, schemas };
}

function member(schema, name) {
  if (schema === undefined) return undefined;
  const { properties = {}, additionalProperties, schemas } = schema;
  const found = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
  return typeof found === 'object' ? { ...found, schemas } : undefined;
}

/** A type in a word or two: `object`, `list of strings`, `one of A, B`. */
export function typeText(schema) {
  const { type, items, enum: values, schemas } = schema;
  if (values) return `one of ${values.join(', ')}`;
  if (schema['x-kubernetes-int-or-string']) return 'integer or string';
  if (type === 'array') return `list of ${typeText({ ...inside(items, schemas), schemas })}s`;
  return type ?? inside(schema, schemas)?.type ?? 'value';
}

/** As many as one reads at once. */
const most = 40;

/** What fits at a place: each with its name, its type, what the mesh makes of it, and the text to insert. */
export function optionsAt(document, place) {
  const schema = schemaAt(document, place);
  if (!schema) return [];
  const { schemas } = schema;
  const holder = inside(schema, schemas);
  const all = place.isValue ? valuesOf(holder) : fieldsOf(holder, place);
  const wanted = place.typed.toLowerCase();
  const fitting = all.filter(({ name }) => name.toLowerCase().includes(wanted) && name !== place.typed);
  const isStart = ({ name }) => name.toLowerCase().startsWith(wanted);
  return [...fitting.filter(isStart), ...fitting.filter((one) => !isStart(one))].slice(0, most);
}

function valuesOf({ enum: values, type } = {}) {
  const all = values ?? (type === 'boolean' ? [true, false] : []);
  return all.map((value) => ({ name: String(value), type: '', about: '', insert: String(value) }));
}

function fieldsOf({ properties = {}, required = [], schemas } = {}, { indent, path }) {
  return Object.entries(properties)
    .filter(([name]) => path.length > 0 || name !== 'status')
    .map(([name, schema]) => {
      const one = { ...schema, schemas };
      const below = `\n${' '.repeat(indent + 2)}`;
      const type = typeText(one);
      const after = type === 'object' ? `:${below}` : type.startsWith('list of') ? `:${below}- ` : ': ';
      const about = schema.description ?? '';
      return {
        name,
        type: required.includes(name) ? `${type}, required` : type,
        about,
        insert: name + after,
      };
    });
}

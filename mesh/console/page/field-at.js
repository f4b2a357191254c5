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

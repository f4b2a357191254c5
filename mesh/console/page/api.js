// The way to the console's server: every request carries the token that came with the page's address.

const KEY = 'mesh101-token';

/** Takes the token out of the address, so that it is in no bookmark and on no projector. */
export function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return;
  localStorage.setItem(KEY, token);
  history.replaceState(undefined, '', '#/graph');
}

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function call(path, { body, method = body === undefined ? 'GET' : 'POST', signal } = {}) {
  const response = await fetch(`/api/${path}`, {
    method,
    signal,
    headers: {
      'x-console-token': localStorage.getItem(KEY) ?? '',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({ error: `status ${response.status}` }));
  throw new Refused(response.status, error);
}

export async function json(path, options) {
  return (await call(path, options)).json();
}

/** The text of an answer as it comes. */
export async function* pieces(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}

/** The parts of an answer that an ending closes. */
export async function* parts(response, ending) {
  let rest = '';
  for await (const piece of pieces(response)) {
    const found = (rest + piece).split(ending);
    rest = found.pop();
    yield* found;
  }
}

/** Server-sent events, read by hand because an EventSource cannot carry a token. */
export async function* events(path, signal) {
  for await (const block of parts(await call(path, { signal }), '\n\n')) {
    const name = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (name && data) yield { name, data: JSON.parse(data) };
  }
}

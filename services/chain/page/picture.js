// Plain JavaScript, since it draws on both sides: the service imports it for the first picture, and the page carries
// it along for those of the requests that it sends.

/** An upstream could answer with a tree of any depth. */
const MAX_DEPTH = 32;

const VERSION = /^(.+)-(prod|canary|stable|blue|green|v\d[\w.]*)$/;

export function nameAndVersion({ name, version }) {
  const [, service, suffix] = VERSION.exec(name) ?? [];
  return { service: service ?? name, version: version ?? suffix ?? '' };
}

export function isHop(value) {
  return (
    typeof value?.name === 'string' &&
    typeof value.status === 'number' &&
    typeof value.seconds === 'number' &&
    Array.isArray(value.upstreams)
  );
}

export function hopsOf(hop, depth = 0) {
  const answers = depth < MAX_DEPTH ? hop.upstreams.map((call) => call?.answer) : [];
  return [hop, ...answers.filter(isHop).flatMap((answer) => hopsOf(answer, depth + 1))];
}

export function escapeHtml(text) {
  const entities = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return String(text).replace(/[&<>"']/g, (character) => entities[character]);
}

/** Who stands at each depth of a chain, as far as the first call of each hop leads. */
export function pathOf(hop, depth = 0) {
  const [call] = hop.upstreams;
  const { service } = nameAndVersion(hop);
  if (!call || depth >= MAX_DEPTH) return [service];
  return [service, ...(isHop(call.answer) ? pathOf(call.answer, depth + 1) : [hostOf(call.uri)])];
}

export function picture(hop, known = []) {
  return `<ol class="chain">${hopBox(hop, '', { depth: 0, known })}</ol>`;
}

function hopBox(hop, edge, { depth, known }) {
  const { service, version } = nameAndVersion(hop);
  const calls = depth < MAX_DEPTH ? hop.upstreams : [];
  const waited = hop.upstreams.length === 1 ? (hop.upstreams[0].seconds ?? 0) : 0;
  const blamed = failed(hop.status) && !hop.upstreams.some(({ status }) => failed(status));
  const title = `<h3>${escapeHtml(service)}${version && ` <b class="version ${version === 'canary' ? 'canary' : ''}">${escapeHtml(version)}</b>`}</h3>`;
  const own =
    waited > 0 ? `<small>${milliseconds(Math.max(0, hop.seconds - waited))} of it here</small>` : '';
  const notes = [hop.message, blamed ? hop.error : hop.fault && `fault: ${hop.fault}`];
  const box = boxOf({ status: hop.status, blamed, title, time: milliseconds(hop.seconds) + own, notes });
  const place = { depth: depth + 1, known };
  const next =
    calls.length > 0 ? `<ol>${calls.map((call) => callBox(call, place)).join('')}</ol>` : unreached(place);
  return `<li>${edge}${box}${next}</li>`;
}

/** Who answered before, and was not asked this time. */
function unreached({ depth, known }) {
  const name = known[depth];
  if (name === undefined) return '';
  const box = `<article class="hop unreached"><h3>${escapeHtml(name)}</h3><p class="status">not reached</p></article>`;
  return `<ol><li><p class="edge unreached"></p>${box}${unreached({ depth: depth + 1, known })}</li></ol>`;
}

/** Milliseconds that a call took beyond its last answer: earlier tries and the pauses between them, and the proxies. */
function onTheWay({ seconds, answer }) {
  const more = isHop(answer) ? seconds - answer.seconds : 0;
  return more > 0.01 && more > seconds / 4
    ? `<small>${milliseconds(more)} in earlier tries and proxies</small>`
    : '';
}

function callBox(call, place) {
  const edge = `<p class="edge ${failed(call.status) ? 'failed' : ''}"><span>${escapeHtml(call.uri).replace('//', '//<wbr>')}</span>${onTheWay(call)}</p>`;
  if (isHop(call.answer)) return hopBox(call.answer, edge, place);
  const title = `<h3>${escapeHtml(hostOf(call.uri))} <b class="version outside">outside</b></h3>`;
  // With spaces, between which a line may break.
  const answer =
    typeof call.answer === 'string'
      ? call.answer
      : JSON.stringify(call.answer, null, 1)?.replace(/\s+/g, ' ');
  const notes = [call.error ?? answer?.slice(0, 160)];
  const box = boxOf({
    status: call.status,
    blamed: failed(call.status),
    title,
    time: milliseconds(call.seconds),
    notes,
  });
  return `<li>${edge}${box}${unreached({ ...place, depth: place.depth + 1 })}</li>`;
}

function boxOf({ status, blamed, title, time, notes }) {
  const state = blamed ? 'blamed' : failed(status) ? 'failed' : 'fine';
  const verdict = blamed ? 'failed here' : failed(status) ? 'passed the failure on' : 'fine';
  const lines = notes.filter(Boolean).map((note) => `<p class="note">${escapeHtml(note)}</p>`);
  return `<article class="hop ${state}">${title}<p class="status"><b>${escapeHtml(status)}</b> ${verdict}</p><p class="time">${time}</p>${lines.join('')}</article>`;
}

function failed(status) {
  return status < 200 || status > 299;
}

function milliseconds(seconds) {
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
}

function hostOf(uri) {
  return URL.parse(uri)?.host ?? uri;
}

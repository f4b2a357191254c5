import { escapeHtml, hopsOf, isHop, nameAndVersion, pathOf, picture } from './picture.js';

/** Requests under way at once while many are sent. */
const WORKERS = 4;

const form = document.querySelector('form');
const [fail, user, times] = ['fail', 'user', 'times'].map((id) => document.getElementById(id));
const [summary, drawing, tally, json] = ['summary', 'drawing', 'tally', 'json'].map((id) =>
  document.getElementById(id),
);
const stop = document.getElementById('stop');
const trace = document.getElementById('trace');

const counts = { sent: 0, statuses: new Map(), hops: new Map() };
/** In the order of the chain, so that the versions of one stand side by side in its place. */
const services = [];
/** The longest way that a request has gone. */
let known = pathOf(parsed(json.textContent));
let stopped = false;

fail.addEventListener('input', showProbability);
stop.addEventListener('click', () => {
  stopped = true;
});
document.getElementById('reset').addEventListener('click', () => {
  counts.sent = 0;
  counts.statuses.clear();
  counts.hops.clear();
  showTally();
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  const many = event.submitter?.id === 'many';
  send(many ? times.valueAsNumber : 1);
});
showProbability();

async function send(count) {
  stopped = false;
  setBusy(true);
  let left = count;
  const work = async () => {
    while (left-- > 0 && !stopped) await sendOne();
  };
  try {
    await Promise.all(Array.from({ length: Math.min(WORKERS, count) }, work));
  } catch (error) {
    summary.textContent = `The request could not be sent: ${error.message}`;
  }
  setBusy(false);
}

async function sendOne() {
  const startedAt = performance.now();
  const response = await fetch(location.pathname, { headers: requestHeaders(), cache: 'no-store' });
  const text = await response.text();
  show(response, text, performance.now() - startedAt);
  const traceUrl = response.headers.get('x-trace-page');
  trace.hidden = traceUrl === null;
  if (traceUrl !== null) trace.href = traceUrl;
}

function requestHeaders() {
  const headers = { accept: 'application/json' };
  if (fail.valueAsNumber > 0) headers.fail = fail.value;
  if (user.value !== '') headers['x-dev-user'] = user.value;
  return headers;
}

function show({ status, statusText }, text, milliseconds) {
  const hop = parsed(text);
  count(counts.statuses, String(status));
  counts.sent += 1;
  if (isHop(hop)) {
    for (const each of hopsOf(hop)) {
      const { service, version } = nameAndVersion(each);
      if (!services.includes(service)) services.push(service);
      count(counts.hops, each.name, { place: services.indexOf(service), version });
    }
    const path = pathOf(hop);
    if (path.length >= known.length) known = path;
    drawing.innerHTML = picture(hop, known);
    json.textContent = JSON.stringify(hop, null, 2);
  } else {
    drawing.innerHTML = `<p class="foreign">Not from the chain: ${escapeHtml(text.slice(0, 500))}</p>`;
    json.textContent = text;
  }
  summary.className = status < 300 ? 'fine' : 'blamed';
  summary.textContent = `${status} ${statusText} in ${milliseconds.toFixed(0)} ms`;
  showTally();
}

function count(map, key, facts) {
  map.set(key, { ...facts, count: (map.get(key)?.count ?? 0) + 1 });
}

function showTally() {
  const sorted = (map) =>
    [...map].sort(([a, x], [b, y]) => (x.place ?? 0) - (y.place ?? 0) || a.localeCompare(b));
  const statuses = sorted(counts.statuses).map(([name, { count }]) =>
    row(name, count, name < '300' ? 'fine' : 'blamed'),
  );
  const hops = sorted(counts.hops).map(([name, { count, version }]) => row(name, count, version));
  tally.classList.toggle('empty', counts.sent === 0);
  tally.querySelector('output').textContent = `${counts.sent} ${counts.sent === 1 ? 'request' : 'requests'}`;
  const [statusTable, hopTable] = tally.querySelectorAll('tbody');
  statusTable.innerHTML = statuses.join('');
  hopTable.innerHTML = hops.join('');
}

function row(name, count, kind) {
  const percent = ((100 * count) / counts.sent).toFixed(1);
  const bar = `<svg class="bar ${kind}" aria-hidden="true"><rect width="${Math.min(100, percent)}%" height="100%" rx="3"/></svg>`;
  return `<tr><th scope="row">${escapeHtml(name)}</th><td>${count}</td><td>${percent} %</td><td>${bar}</td></tr>`;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function setBusy(busy) {
  for (const button of form.querySelectorAll('button')) button.disabled = busy !== (button === stop);
}

function showProbability() {
  form.querySelector('output').textContent = `${Math.round(fail.valueAsNumber * 100)} %`;
}

/** How often the list asks for news, in milliseconds. */
const PAUSE = 2000;

const rows = document.getElementById('rows');
const live = document.getElementById('live');
let etag;

live.hidden = false;
live.addEventListener('click', () => {
  live.setAttribute('aria-pressed', String(live.getAttribute('aria-pressed') !== 'true'));
});
setTimeout(ask, PAUSE);

async function ask() {
  const wanted = live.getAttribute('aria-pressed') === 'true' && !document.hidden;
  if (wanted) await refresh().catch(() => undefined);
  setTimeout(ask, PAUSE);
}

async function refresh() {
  const headers = etag ? { 'if-none-match': etag } : {};
  const response = await fetch(`rows${location.search}`, { headers, cache: 'no-store' });
  if (response.status !== 200) return;
  etag = response.headers.get('etag');
  const news = document.createElement('div');
  news.innerHTML = await response.text();
  show(news);
}

/** Rows that stay are not touched, so that focus, selection and the place on the page stay too. */
function show(news) {
  for (const datalist of news.querySelectorAll('datalist'))
    replace(document.getElementById(datalist.id), datalist);
  replace(rows.querySelector('h2'), news.querySelector('h2'));
  replaceHints(news);
  const list = rows.querySelector('ol');
  const fresh = [...news.querySelector('ol').children];
  const stay = new Set(fresh.map((row) => row.dataset.trace));
  for (const row of [...list.children]) if (!stay.has(row.dataset.trace)) row.remove();
  const known = new Map([...list.children].map((row) => [row.dataset.trace, row]));
  let next = list.firstElementChild;
  for (const row of fresh) {
    const old = known.get(row.dataset.trace);
    if (old) replace(old.firstElementChild, row.firstElementChild);
    if (old && old === next) next = next.nextElementSibling;
    else list.insertBefore(old ?? row, next);
  }
}

function replace(element, fresh) {
  if (element.innerHTML !== fresh.innerHTML) element.innerHTML = fresh.innerHTML;
}

function replaceHints(news) {
  for (const hint of rows.querySelectorAll('.hint')) hint.remove();
  for (const hint of news.querySelectorAll('.hint')) rows.append(hint);
}

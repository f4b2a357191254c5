const all = document.getElementById('all');
const spans = [...document.querySelectorAll('details')];

all.hidden = false;
all.addEventListener('click', () => {
  const open = spans.some((span) => !span.open);
  for (const span of spans) span.open = open;
});
for (const span of spans) span.addEventListener('toggle', () => toggled(span));
openNamed();
window.addEventListener('hashchange', openNamed);

/** The address of the page names the span that was opened last, so that it can be passed on. */
function toggled(span) {
  all.textContent = spans.every(({ open }) => open) ? 'Close all' : 'Open all';
  if (span.open && span.contains(document.activeElement)) history.replaceState(null, '', `#${span.id}`);
}

function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.matches('details')) named.open = true;
}

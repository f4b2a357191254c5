// What every part of the page shows, and who is told when it changes.

const listeners = new Set();
let isScheduled = false;

export const state = {
  /** Where we are: `graph`, `policies`, `pods`, `walkthroughs`, with what comes after it. */
  route: { view: 'graph', rest: [], query: new URLSearchParams() },
  graph: { at: 0, nodes: [], edges: [] },
  changes: [],
  pods: [],
  about: { senders: [], traces: undefined },
  /** `live`, `waiting`, `refused`. */
  connection: 'waiting',
  /** `node ID` or `edge ID`. */
  selected: undefined,
  notice: undefined,
};

export function update(patch) {
  Object.assign(state, patch);
  changed();
}

/** To be called when something in the state was changed in place. */
export function changed() {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    for (const listener of listeners) listener();
  });
}

export function onChange(listener) {
  listeners.add(listener);
}

let noticeTimer;

/** A sentence at the foot of the page, which screen readers read out. */
export function notify(text, isBad = false) {
  clearTimeout(noticeTimer);
  update({ notice: { text, isBad } });
  noticeTimer = setTimeout(() => update({ notice: undefined }), isBad ? 12_000 : 5000);
}

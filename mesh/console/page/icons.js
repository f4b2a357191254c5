import { svg } from '/lib/lit-html/lit-html.js';

/** Drawn on a field of 16 by 16; each has a word beside it or in its label. */
const PATHS = {
  lock: svg`<rect x="3" y="7" width="10" height="7" rx="1.5"/><path d="M5 7V5a3 3 0 0 1 6 0v2" class="line"/>`,
  open: svg`<rect x="3" y="7" width="10" height="7" rx="1.5" class="line"/><path d="M5 7V5a3 3 0 0 1 5.6-1.5" class="line"/>`,
  fault: svg`<path d="M9 1 3 9h4l-1 6 6-8H8z"/>`,
  timeout: svg`<circle cx="8" cy="8" r="6" class="line"/><path d="M8 4.5V8l2.5 2" class="line"/>`,
  retries: svg`<path d="M13 8a5 5 0 1 1-1.7-3.7M13 2v3h-3" class="line"/>`,
  breaker: svg`<path d="M1 8h4l5-4M11 8h4" class="line"/><circle cx="5" cy="8" r="1.3"/><circle cx="11" cy="8" r="1.3"/>`,
  mirror: svg`<rect x="2" y="2" width="8" height="8" rx="1.5" class="line"/><path d="M6 13h6.5a1 1 0 0 0 1-1V6" class="line"/>`,
  gateway: svg`<path d="M2 14V6a6 6 0 0 1 12 0v8M5.5 14V7a2.5 2.5 0 0 1 5 0v7" class="line"/>`,
  workload: svg`<path d="m8 1.5 5.5 3v6.5L8 14.5 2.5 11V4.5zM2.5 4.5 8 8l5.5-3.5M8 8v6.5" class="line"/>`,
  outside: svg`<circle cx="8" cy="8" r="6" class="line"/><path d="M2 8h12M8 2c2.5 2.6 2.5 9.400 0 12M8 2c-2.500 2.600-2.500 9.400 0 12" class="line"/>`,
  you: svg`<circle cx="8" cy="5" r="3" class="line"/><path d="M2.500 14.500a5.500 5.500 0 0 1 11 0" class="line"/>`,
  nowhere: svg`<circle cx="8" cy="8" r="6" class="line"/><path d="m4 4 8 8" class="line"/>`,
  send: svg`<path d="m1.500 2.500 13 5.500-13 5.500 2-5.500zM3.500 8h6" class="line"/>`,
};

/** An icon as a part of a drawing, at a place and of a size. */
export function mark(name, { x, y, size = 16, mood = '' }) {
  return svg`<g class="icon ${mood}" transform="translate(${x} ${y}) scale(${size / 16})" aria-hidden="true">${PATHS[name]}</g>`;
}

/** An icon in a line of text. */
export function icon(name) {
  return svg`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">${PATHS[name]}</svg>`;
}

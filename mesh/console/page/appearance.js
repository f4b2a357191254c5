import { html } from '/lib/lit-html/lit-html.js';
import { update } from './store.js';

const root = document.documentElement;
const THEMES = ['system', 'light', 'dark'];

let theme = localStorage.getItem('mesh101-theme') ?? 'system';
let presenting = localStorage.getItem('mesh101-presenting') === 'yes';
apply();

function apply() {
  root.dataset.theme = theme;
  root.dataset.presenting = presenting ? 'yes' : 'no';
}

/** Large type, for a room. */
export function isPresenting() {
  return presenting;
}

export function themeButton() {
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  const choose = () => {
    theme = next;
    localStorage.setItem('mesh101-theme', theme);
    apply();
    update({});
  };
  const sign = { system: '◐', light: '☀', dark: '☾' }[theme];
  return html`<button class="quiet" @click=${choose} aria-label="Colours: ${theme}; change to ${next}" title="Colours: ${theme}">${sign}</button>`;
}

export function presenterButton() {
  const toggle = () => {
    presenting = !presenting;
    localStorage.setItem('mesh101-presenting', presenting ? 'yes' : 'no');
    apply();
    update({});
  };
  return html`<button class="quiet" @click=${toggle} aria-pressed=${presenting} aria-label="Large type for a room" title="Large type for a room">A<b>A</b></button>`;
}

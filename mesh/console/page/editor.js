import { live } from '/lib/lit-html/directives/live.js';
import { html, nothing } from '/lib/lit-html/lit-html.js';
import { json } from './api.js';
import { fieldAt } from './field-at.js';
import { changed } from './store.js';

/** Milliseconds without a key before a text is checked. */
const PAUSE = 250;

/** A manifest that is being written: what is wrong with it, line by line, and what the field at the cursor means. */
export class Editor {
  constructor(text = '', line = 1) {
    this.text = text;
    this.stored = text;
    this.diagnostics = [];
    this.help = undefined;
    this.line = line;
    this.check();
  }

  get isChanged() {
    return this.text !== this.stored;
  }

  write(text) {
    this.text = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), PAUSE);
    changed();
  }

  async check() {
    const { text } = this;
    if (text.trim() === '') return;
    const { diagnostics } = await json('check', { body: { text } }).catch(() => ({ diagnostics: [] }));
    if (this.text !== text) return;
    this.diagnostics = diagnostics;
    changed();
  }

  /** Looks up the field in whose line the cursor is. */
  async explain(position) {
    const at = this.text.slice(0, position).split('\n').length;
    const field = fieldAt(this.text, at);
    const key = JSON.stringify(field);
    if (!field || key === this.asked) return;
    this.asked = key;
    const query = new URLSearchParams({ ...field, path: field.path.join('.') });
    const { about } = await json(`field?${query}`).catch(() => ({ about: '' }));
    if (this.asked !== key) return;
    this.help = { path: field.path.join('.'), about };
    changed();
  }
}

export function editorView(editor, label) {
  const rows = Math.max(8, editor.text.split('\n').length + 1);
  const marked = new Map(editor.diagnostics.map(({ position, severity }) => [position?.line, severity]));
  const onCursor = ({ target }) => editor.explain(target.selectionStart);
  return html`<div class="editor"><pre class="numbers" aria-hidden="true">${Array.from({ length: rows }, (_, at) => lineNumber(at + 1, marked, editor))}</pre>
      <textarea class="code" aria-label=${label} spellcheck="false" autocapitalize="off" wrap="off" rows=${rows}
        .value=${live(editor.text)} @input=${({ target }) => editor.write(target.value)} @keyup=${onCursor} @click=${onCursor} @keydown=${tabulator}></textarea></div>
    ${editor.help ? html`<p class="help"><code>${editor.help.path}</code> ${editor.help.about || 'Nothing is known of this field.'}</p>` : nothing}
    ${findings(editor.diagnostics)}`;
}

function lineNumber(number, marked, { line }) {
  const mood = marked.get(number) ?? (number === line && line > 1 ? 'here' : '');
  return html`<span class=${mood}>${number}</span>\n`;
}

/** Two spaces, as YAML wants; Escape and Tab leave the field by keyboard. */
function tabulator(event) {
  if (event.key === 'Escape') event.target.dataset.leaving = 'yes';
  else if (event.key !== 'Tab') delete event.target.dataset.leaving;
  if (event.key !== 'Tab' || event.shiftKey || event.target.dataset.leaving) return;
  event.preventDefault();
  event.target.setRangeText('  ', event.target.selectionStart, event.target.selectionEnd, 'end');
  event.target.dispatchEvent(new Event('input'));
}

export function findings(diagnostics) {
  if (diagnostics.length === 0) return nothing;
  return html`<ul class="findings">${diagnostics.map(
    ({ severity, code, message, fix, position }) =>
      html`<li class=${severity}><b>${severity}</b> <span class="faint">${code}${position?.line ? ` · line ${position.line}` : ''}</span><br>${message}${fix ? html`<br><span class="faint">${fix}</span>` : nothing}</li>`,
  )}</ul>`;
}

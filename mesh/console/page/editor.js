import { live } from '/lib/lit-html/directives/live.js';
import { ref } from '/lib/lit-html/directives/ref.js';
import { html, nothing } from '/lib/lit-html/lit-html.js';
import { json } from './api.js';
import { documentPath, fieldAt, optionsAt, placeAt, schemaAt, typeText } from './schema-help.js';
import { changed } from './store.js';

/** Milliseconds without a key before a text is checked. */
const PAUSE = 250;

/** The mesh's OpenAPI documents by their place, as far as they were needed. */
const documents = new Map();

function documentOf(apiVersion) {
  const path = documentPath(apiVersion);
  const known = documents.get(path);
  if (known) return known;
  const asked = json(`schema?${new URLSearchParams({ path })}`).catch(() => {
    documents.delete(path);
    return undefined;
  });
  documents.set(path, asked);
  return asked;
}

/** A manifest that is being written: what is wrong with it, line by line, and what may stand at the cursor. */
export class Editor {
  constructor(text = '', line = 1) {
    this.text = text;
    this.stored = text;
    this.diagnostics = [];
    this.help = undefined;
    this.offer = undefined;
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
    const document = await documentOf(field.apiVersion);
    if (this.asked !== key || !document) return;
    const schema = schemaAt(document, field);
    const about = schema && [typeText(schema), schema.description].filter(Boolean).join('. ');
    this.help = { path: field.path.join('.'), about };
    changed();
  }

  /** Offers what may stand at the cursor; unasked only once something has been written there. */
  async suggest(position, isAsked) {
    const place = placeAt(this.text, position);
    const { text } = this;
    const document =
      place && (isAsked || place.typed !== '') ? await documentOf(place.apiVersion) : undefined;
    if (this.text !== text) return;
    const options = document ? optionsAt(document, place) : [];
    this.offer = options.length > 0 ? { ...place, position, options, at: 0 } : undefined;
    changed();
  }

  close() {
    this.offer = undefined;
    changed();
  }
}

export function editorView(editor, label) {
  const rows = Math.max(8, editor.text.split('\n').length + 1);
  const marked = new Map(editor.diagnostics.map(({ position, severity }) => [position?.line, severity]));
  const onCursor = ({ target, key }) => {
    editor.explain(target.selectionStart);
    const moves = key === undefined || /^(Arrow(Left|Right)|Home|End|Page)/.test(key);
    if (moves && editor.offer) editor.close();
  };
  const onInput = ({ target }) => {
    editor.write(target.value);
    editor.suggest(target.selectionStart, false);
  };
  const { offer } = editor;
  return html`<div class="editor"><pre class="numbers" aria-hidden="true">${Array.from({ length: rows }, (_, at) => lineNumber(at + 1, marked, editor))}</pre>
      <div><textarea class="code" aria-label=${label} spellcheck="false" autocapitalize="off" wrap="off" rows=${rows}
        aria-autocomplete="list" aria-controls=${offer ? 'offer' : nothing} aria-activedescendant=${offer ? `offer-${offer.at}` : nothing} aria-describedby="editor-keys"
        .value=${live(editor.text)} @input=${onInput} @keyup=${onCursor} @click=${onCursor} @keydown=${(event) => onKey(event, editor)}
        @blur=${() => offer && editor.close()}></textarea>${offer ? offerList(editor) : nothing}</div></div>
    <p id="editor-keys" class="faint keys"><kbd>Ctrl</kbd> <kbd>Space</kbd> shows what may stand at the cursor; <kbd>Esc</kbd> <kbd>Tab</kbd> leaves the editor.</p>
    ${editor.help ? html`<p class="help"><code>${editor.help.path}</code> ${editor.help.about || 'Nothing is known of this field.'}</p>` : nothing}
    ${findings(editor.diagnostics)}`;
}

function offerList(editor) {
  const { offer } = editor;
  const before = editor.text.slice(0, offer.position - offer.typed.length).split('\n');
  const place = (element) => element && standBelow(element, before);
  const take = (at) => (event) => {
    // The field keeps the cursor.
    event.preventDefault();
    accept(editor, at, document.querySelector('.code'));
  };
  return html`<ul id="offer" class="offer" role="listbox" aria-label="What may stand here" ${ref(place)}>${offer.options.map(
    ({ name, type, about }, at) =>
      html`<li id="offer-${at}" role="option" aria-selected=${at === offer.at} class=${/^(Ignored|Not)/.test(about) ? 'unused' : ''} @mousedown=${take(at)}><b>${name}</b> <span class="faint">${type}</span>${at === offer.at && about ? html`<br><span class="about">${about}</span>` : nothing}</li>`,
  )}</ul>`;
}

/** Below the line in which the cursor is, or above it where there is no room: the letters have one width. */
function standBelow(element, before) {
  const area = document.querySelector('.code');
  const { left, top } = area.getBoundingClientRect();
  const style = getComputedStyle(area);
  const height = Number.parseFloat(style.lineHeight);
  const foot = top + Number.parseFloat(style.paddingTop) + before.length * height;
  const isBelow = foot + element.offsetHeight < innerHeight;
  element.style.setProperty('--top', `${isBelow ? foot : foot - height - element.offsetHeight}px`);
  element.style.setProperty('--left', `${left}px`);
  element.style.setProperty('--column', before.at(-1).length);
  element.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
}

function accept(editor, at, area) {
  const { position, typed, options } = editor.offer;
  area.setRangeText(options[at].insert, position - typed.length, position, 'end');
  editor.write(area.value);
  editor.close();
  editor.explain(area.selectionStart);
}

/** Keys of the offer first; then two spaces for the tabulator, as YAML wants. Escape and Tab leave the field by keyboard. */
function onKey(event, editor) {
  const { key, target, ctrlKey } = event;
  if (key === ' ' && ctrlKey) {
    event.preventDefault();
    editor.suggest(target.selectionStart, true);
    return;
  }
  const { offer } = editor;
  const action = offer && OFFER_KEYS[key];
  if (action) {
    event.preventDefault();
    action(editor, target);
    changed();
    return;
  }
  if (key === 'Escape') target.dataset.leaving = 'yes';
  else if (key !== 'Tab') delete target.dataset.leaving;
  if (key !== 'Tab' || event.shiftKey || target.dataset.leaving) return;
  event.preventDefault();
  target.setRangeText('  ', target.selectionStart, target.selectionEnd, 'end');
  target.dispatchEvent(new Event('input'));
}

function move(by) {
  return ({ offer }) => {
    offer.at = (offer.at + by + offer.options.length) % offer.options.length;
  };
}

const OFFER_KEYS = {
  ArrowDown: move(1),
  ArrowUp: move(-1),
  Escape: (editor) => editor.close(),
  Enter: (editor, area) => accept(editor, editor.offer.at, area),
  Tab: (editor, area) => accept(editor, editor.offer.at, area),
};

function lineNumber(number, marked, { line }) {
  const mood = marked.get(number) ?? (number === line && line > 1 ? 'here' : '');
  return html`<span class=${mood}>${number}</span>\n`;
}

export function findings(diagnostics) {
  if (diagnostics.length === 0) return nothing;
  return html`<ul class="findings">${diagnostics.map(
    ({ severity, code, message, fix, position }) =>
      html`<li class=${severity}><b>${severity}</b> <span class="faint">${code}${position?.line ? ` · line ${position.line}` : ''}</span><br>${withNames(message)}${fix ? html`<br><span class="faint">${withNames(fix)}</span>` : nothing}</li>`,
  )}</ul>`;
}

/** Names stand between backticks in a sentence. */
function withNames(sentence) {
  return sentence.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}

import { html, nothing } from '/lib/lit-html/lit-html.js';
import { lexer } from '/lib/marked/marked.esm.js';

/**
 * A document of the project as page: text becomes text, never markup.
 *
 * @param onCode shows a block of code by its language and text; undefined: as it is
 */
export function markdown(text, onCode) {
  return lexer(text).map((token) => block(token, onCode));
}

function block(token, onCode) {
  switch (token.type) {
    case 'heading':
      return heading(token);
    case 'paragraph':
      return html`<p>${inline(token.tokens)}</p>`;
    case 'code':
      return onCode(token) ?? html`<pre tabindex="0"><code>${token.text}</code></pre>`;
    case 'list':
      return list(token, onCode);
    case 'blockquote':
      return html`<blockquote>${token.tokens.map((one) => block(one, onCode))}</blockquote>`;
    case 'table':
      return table(token);
    case 'hr':
      return html`<hr>`;
    case 'text':
      return token.tokens ? inline(token.tokens) : token.text;
    default:
      return nothing;
  }
}

/** The page has a first heading already. */
function heading({ depth, tokens, text }) {
  const content = inline(tokens);
  const id = text
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/\s+/g, '-');
  if (depth === 1) return html`<h2 class="title" id=${id}>${content}</h2>`;
  return depth === 2 ? html`<h3 id=${id}>${content}</h3>` : html`<h4 id=${id}>${content}</h4>`;
}

function list({ ordered, items }, onCode) {
  const rows = items.map(({ tokens }) => html`<li>${tokens.map((one) => block(one, onCode))}</li>`);
  return ordered ? html`<ol>${rows}</ol>` : html`<ul>${rows}</ul>`;
}

/** A table of pictures only is left out, as pictures are: the graph stands beside the text. */
function table({ header, rows }) {
  const cells = rows.flat();
  if (cells.every(({ tokens }) => tokens.every(({ type }) => type === 'html' || type === 'image')))
    return nothing;
  return html`<div class="wide" tabindex="0"><table><thead><tr>${header.map(({ tokens }) => html`<th scope="col">${inline(tokens)}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map(({ tokens }) => html`<td>${inline(tokens)}</td>`)}</tr>`)}</tbody></table></div>`;
}

function inline(tokens = []) {
  return tokens.map((token) => {
    switch (token.type) {
      case 'strong':
        return html`<strong>${inline(token.tokens)}</strong>`;
      case 'em':
        return html`<em>${inline(token.tokens)}</em>`;
      case 'codespan':
        return html`<code>${token.text}</code>`;
      case 'link':
        return link(token);
      case 'br':
        return html`<br>`;
      case 'html':
      case 'image':
        return nothing;
      default:
        return token.tokens ? inline(token.tokens) : (token.text ?? '');
    }
  });
}

/** Other documents of the project are not served: their links are text. */
function link({ href, tokens }) {
  if (/^https?:\/\//.test(href))
    return html`<a href=${href} target="_blank" rel="noopener">${inline(tokens)}</a>`;
  return html`<span class="reference">${inline(tokens)}</span>`;
}

/** What stands at one place of a drawing, by column and row from 0; halves lie between. */
export interface Box {
  readonly id: string;
  readonly at: readonly [column: number, row: number];
  /** `pod`: a program with its sidecar; `proxy`: an Envoy of its own; `outside`: not in the mesh; `sink`: a part of the mesh that collects. */
  readonly kind: 'pod' | 'proxy' | 'outside' | 'sink';
  readonly title?: string;
  readonly note?: string;
}

/** An arrow from one box to another: mutual TLS unless it is plain, dotted when it carries no requests. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly kind?: 'plain' | 'dotted';
  readonly label?: string;
}

export interface Drawing {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** What the legend leaves out, because the drawing has none of it. */
  readonly without?: readonly ('plain' | 'tls')[];
}

const COLUMN = 196;
const ROW = 84;
const WIDTH = 158;
const HEIGHT = 54;
const MARGIN = 16;
const LEGEND = 34;

/** GitHub shows a picture in the colours of the reader's theme only when the picture itself asks for it. */
const STYLE = `
    svg { --ink: #17213a; --faint: #5a6684; --card: #fff; --line: #c3cbdc; --tls: #1a7f4b; --proxy: #e2e7ff; --edge: #3350d8 }
    @media (prefers-color-scheme: dark) {
      svg { --ink: #e6ebf5; --faint: #98a5c3; --card: #182032; --line: #45506b; --tls: #5fd08f; --proxy: #263163; --edge: #8fa4ff }
    }
    text { font: 14px system-ui, sans-serif; fill: var(--ink) }
    .note { font-size: 12px; fill: var(--faint) }
    .box { fill: var(--card); stroke: var(--line); stroke-width: 1.5 }
    .outside { stroke-dasharray: 5 4 }
    .proxy { fill: var(--proxy); stroke: var(--edge); stroke-width: 1.5 }
    .arrow { fill: none; stroke: var(--tls); stroke-width: 2 }
    .plain { stroke: var(--faint) }
    .dotted { stroke: var(--faint); stroke-dasharray: 2 4 }
    .head { fill: var(--tls) }
    .head.plain { fill: var(--faint); stroke: none }`;

/** The drawing as a file of its own: light and dark, without scripts, fonts or anything fetched. */
export function svg(drawing: Drawing): string {
  const { boxes, arrows } = drawing;
  const columns = Math.max(...boxes.map(({ at }) => at[0]));
  const rows = Math.max(...boxes.map(({ at }) => at[1]));
  const width = MARGIN * 2 + columns * COLUMN + WIDTH;
  const height = MARGIN * 2 + rows * ROW + HEIGHT + LEGEND;
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const ends = arrows.map((arrow) => [arrow, byId.get(arrow.from), byId.get(arrow.to)] as const);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `  <style>${STYLE}\n  </style>`,
    '  <defs>',
    ...['tls', 'plain'].map(marker),
    '  </defs>',
    ...ends.flatMap(([arrow, from, to]) => (from && to ? line(arrow, from, to) : [])),
    ...boxes.flatMap(box),
    ...legend(drawing, height - MARGIN),
    '</svg>\n',
  ].join('\n');
}

function marker(kind: string): string {
  return `    <marker id="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="head ${kind}" d="M0 0 8 4 0 8z"/></marker>`;
}

/** An arrow ends at the sidecar of a pod, which is at its left. */
function line({ kind, label }: Arrow, from: Box, to: Box): string[] {
  const [x1, y1] = [left(from) + WIDTH, top(from) + HEIGHT / 2];
  const [x2, y2] = [left(to), top(to) + HEIGHT / 2];
  const downwards = from.at[0] === to.at[0] || to.kind === 'sink';
  const path = downwards
    ? `M${left(from) + WIDTH / 2} ${top(from) + HEIGHT} L${left(to) + WIDTH / 2} ${top(to)}`
    : `M${x1} ${y1} C${x1 + 22} ${y1} ${x2 - 22} ${y2} ${x2} ${y2}`;
  const head = kind === undefined ? 'tls' : 'plain';
  const drawn = `  <path class="arrow ${kind ?? ''}" d="${path}" marker-end="url(#${head})"/>`;
  if (!label) return [drawn];
  return [
    drawn,
    `  <text class="note" x="${(x1 + x2) / 2}" y="${Math.min(y1, y2) - 8}" text-anchor="middle">${label}</text>`,
  ];
}

function box({ id, at, kind, title = id, note }: Box): string[] {
  const [x, y] = [left({ at }), top({ at })];
  const middle = x + (kind === 'pod' ? (WIDTH + 14) / 2 : WIDTH / 2);
  const frame = kind === 'proxy' ? 'proxy' : `box ${kind}`;
  return [
    `  <rect class="${frame}" x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="8"/>`,
    ...(kind === 'pod'
      ? [`  <rect class="proxy" x="${x}" y="${y + 9}" width="14" height="${HEIGHT - 18}" rx="4"/>`]
      : []),
    `  <text x="${middle}" y="${y + (note ? 24 : 32)}" text-anchor="middle">${title}</text>`,
    ...(note ? [`  <text class="note" x="${middle}" y="${y + 42}" text-anchor="middle">${note}</text>`] : []),
  ];
}

function legend({ without = [] }: Drawing, y: number): string[] {
  const arrow = (x: number, kind: string, text: string) => [
    `  <path class="arrow ${kind}" d="M${x} ${y - 4} h30" marker-end="url(#${kind || 'tls'})"/>`,
    `  <text class="note" x="${x + 38}" y="${y}">${text}</text>`,
  ];
  return [
    `  <rect class="proxy" x="${MARGIN}" y="${y - 13}" width="12" height="16" rx="4"/>`,
    `  <text class="note" x="${MARGIN + 20}" y="${y}">Envoy proxy</text>`,
    ...(without.includes('tls') ? [] : arrow(MARGIN + 112, '', 'mutual TLS')),
    ...(without.includes('plain') ? [] : arrow(MARGIN + 232, 'plain', 'plain text')),
  ];
}

const left = ({ at }: Pick<Box, 'at'>) => MARGIN + at[0] * COLUMN;
const top = ({ at }: Pick<Box, 'at'>) => MARGIN + at[1] * ROW;

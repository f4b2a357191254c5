/** One line of a terminal, and when it was shown: milliseconds from the start. */
export interface ShownLine {
  readonly at: number;
  readonly text: string;
}

const ROWS = 26;
const COLUMNS = 104;
const LINE = 18;
const COLUMN = 7.85;
const MARGIN = 14;
/** How long the last picture stays before the film begins again, in milliseconds. */
const HOLD = 5_000;

const STYLE = `
    svg { --ground: #fff; --ink: #24292f; --faint: #6e7781; --good: #1a7f37; --line: #d0d7de }
    @media (prefers-color-scheme: dark) {
      svg { --ground: #0d1117; --ink: #e6edf3; --faint: #8b949e; --good: #3fb950; --line: #30363d }
    }
    .ground { fill: var(--ground); stroke: var(--line) }
    text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: var(--ink); white-space: pre }
    .typed { font-weight: bold }
    .good { fill: var(--good) }
    .why { fill: var(--faint) }`;

/**
 * A film of a terminal as one SVG: each line appears at its time, and the lines scroll once the window is full. It needs no script,
 * begins again by itself, and shows its last picture to who asks for reduced motion.
 */
export function film(lines: readonly ShownLine[]): string {
  const end = (lines.at(-1)?.at ?? 0) + HOLD;
  const percent = (at: number) => `${((100 * at) / end).toFixed(2)}%`;
  const scrolled = (index: number) => Math.max(0, index + 1 - ROWS) * -LINE;
  const scroll = lines.map(({ at }, index) => `${percent(at)}{transform:translateY(${scrolled(index)}px)}`);
  const width = MARGIN * 2 + COLUMNS * COLUMN;
  const height = MARGIN * 2 + ROWS * LINE;
  const appear = lines.map(({ at }, index) => `@keyframes l${index}{0%{opacity:0}${percent(at)}{opacity:1}}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `  <style>${STYLE}`,
    `    .film { transform: translateY(${scrolled(lines.length - 1)}px) }`,
    '    @media (prefers-reduced-motion: no-preference) {',
    `      .film, .film text { animation: ${end}ms step-end infinite }`,
    `      .film { animation-name: scroll }`,
    `      @keyframes scroll{0%{transform:none}${scroll.join('')}}`,
    ...appear.map((rule) => `      ${rule}`),
    ...lines.map((_, index) => `      .l${index}{animation-name:l${index} !important}`),
    '    }',
    '  </style>',
    `  <rect class="ground" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    `  <svg x="${MARGIN}" y="${MARGIN}" width="${width - MARGIN}" height="${ROWS * LINE}">`,
    '    <g class="film">',
    ...lines.map(({ text }, index) => {
      const shown = escaped(text.length > COLUMNS ? `${text.slice(0, COLUMNS - 1)}…` : text);
      return `      <text class="l${index} ${kindOf(text)}" y="${index * LINE + 13}">${shown}</text>`;
    }),
    '    </g>',
    '  </svg>',
    '</svg>\n',
  ].join('\n');
}

function kindOf(text: string): string {
  if (text.startsWith('# ')) return 'why';
  if (text.startsWith('$ ')) return 'typed';
  return text.startsWith('✔') ? 'good' : '';
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

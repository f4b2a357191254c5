/**
 * JSON may be nested as deep as it is long, and whatever walks through such a value (JSON.stringify, a schema) overflows the
 * stack. Nobody needs a thousand levels.
 */
const MOST_LEVELS = 1_000;

/**
 * A value that can be walked through and written again.
 *
 * @throws SyntaxError for a text that is not JSON, or nested too deep
 */
export function parseJson(text: string): unknown {
  if (levelsOf(text) > MOST_LEVELS) throw new SyntaxError(`nested deeper than ${MOST_LEVELS} levels`);
  return JSON.parse(text);
}

/** How deep brackets are nested outside of strings; 0 for a text that is too short to be nested too deep. */
function levelsOf(text: string): number {
  if (text.length <= 2 * MOST_LEVELS) return 0;
  let [levels, deepest] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at);
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++levels);
    else if (character === ']' || character === '}') levels -= 1;
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}

/** The lines of two texts side by side in one list: kept, taken away, added. By the longest common part. */
export function differences(before, after) {
  const [a, b] = [lines(before), lines(after)];
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i][j] =
        a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      found.push({ kind: 'kept', text: a[i] });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && lengths[i + 1][j] >= lengths[i][j + 1])) {
      found.push({ kind: 'gone', text: a[i] });
      i += 1;
    } else {
      found.push({ kind: 'new', text: b[j] });
      j += 1;
    }
  }
  return found;
}

function lines(text) {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

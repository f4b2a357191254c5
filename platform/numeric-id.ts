/** Reads an id of a path: a whole number, not negative, that JavaScript holds exactly; undefined for anything else. */
export function numericId(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const id = Number(text);
  return Number.isSafeInteger(id) ? id : undefined;
}

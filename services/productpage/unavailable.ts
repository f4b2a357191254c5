/** The sentence that tells users that a part of a book is missing. */
export function unavailable(part: string): string {
  return `Sorry, product ${part} are currently unavailable for this book.`;
}

import type { Span } from '#mesh/traces/span.ts';

/** What one span may hold; more is cut off, so that a sender cannot fill the memory with one of them. */
const longestText = 8192;
const mostTags = 128;
const mostAnnotations = 128;

/** The span with texts and lists that are not longer than a page can show. */
export function bounded(span: Span): Span {
  return {
    ...span,
    ...(span.name !== undefined && { name: cut(span.name) }),
    tags: Object.fromEntries(
      Object.entries(span.tags)
        .slice(0, mostTags)
        .map(([key, value]) => [cut(key), cut(value)]),
    ),
    annotations: span.annotations
      .slice(0, mostAnnotations)
      .map(({ timestamp, value }) => ({ timestamp, value: cut(value) })),
  };
}

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/** About how many bytes a span takes in memory: its texts, and what the objects around them cost. */
export function sizeOf({ name = '', tags, annotations }: Span): number {
  const objects = 600;
  let size = objects + name.length;
  for (const key in tags) size += key.length + (tags[key]?.length ?? 0) + 32;
  for (const { value } of annotations) size += value.length + 64;
  return size;
}

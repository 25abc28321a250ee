/**
 * Processes untrusted text in linear time. A regular expression would take quadratic time.
 * @module
 */

/** Removes every `character` at the end of `text`. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}

/**
 * Text from outside: what a regular expression would do in quadratic time.
 * @module
 */

/** `text` without any `character` at its end. */
export function withoutTrailing(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}

/**
 * Converts multi-line messages to one line.
 * @module
 */

/** Joins the lines of `text` with single spaces, in time linear in its length. */
export function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

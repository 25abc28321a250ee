/**
 * Messages of several lines, as one.
 * @module
 */

/** The lines of `text` in one, with single spaces between them. Takes time linear in the length of the text. */
export function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/**
 * Replaces one value in a JSON text, and keeps the rest of the text as it is.
 * @module
 */
import { JsonScanner } from './zarr/json-scanner.js';

/** Maximum nesting depth of values that are skipped. */
const maxDepth = 64;

/**
 * Returns the text with another value of a member; null if there is no such member.
 * @param keys path of the member, from the outermost object. @param value the new value, as JSON.
 * @param path path of the file, for errors.
 * @throws {FormatError} if the text up to the end of the value is not JSON, or is nested too deeply.
 */
export function replaceJsonValue(text: string, keys: readonly string[], value: string, path: string): string | null {
  const scanner = new JsonScanner(text, path);
  for (const wanted of keys) if (!moveToMember(scanner, wanted)) return null;
  scanner.skipSpace();
  const start = scanner.position;
  skipValue(scanner, 0);
  return text.slice(0, start) + value + text.slice(scanner.position);
}

/** Moves to the value of a member of the next object. Returns false if there is none. */
function moveToMember(scanner: JsonScanner, wanted: string): boolean {
  scanner.skipSpace();
  if (scanner.peek() !== '{' || scanner.opens('}')) return false;
  do {
    if (scanner.key() === wanted) return true;
    skipValue(scanner, 0);
  } while (scanner.continues('}'));
  return false;
}

function skipValue(scanner: JsonScanner, depth: number): void {
  if (depth > maxDepth) scanner.fail(`at most ${maxDepth} nested values`);
  scanner.skipSpace();
  const first = scanner.peek();
  if (first !== '{' && first !== '[') {
    scanner.scalar();
    return;
  }
  const close = first === '{' ? '}' : ']';
  if (scanner.opens(close)) return;
  do {
    if (first === '{') scanner.key();
    skipValue(scanner, depth + 1);
  } while (scanner.continues(close));
}

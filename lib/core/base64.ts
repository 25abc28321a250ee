/**
 * Decodes base64 text from files, in time linear in its length even if the text is invalid.
 * @module
 */

/** White space that the text may contain: none, or anywhere. */
export type Base64Space = 'none' | 'anywhere';

/**
 * Decodes base64 text with the standard alphabet. Returns null if the text is invalid. If `space` is `none`, padding is
 * required.
 * @see https://www.rfc-editor.org/rfc/rfc4648#section-4
 */
export function decodeBase64(text: string, space: Base64Space): Uint8Array | null {
  const encoded = space === 'anywhere' ? text.replace(/\s/g, '') : text;
  const end = encoded.endsWith('==') ? encoded.length - 2 : encoded.length - (encoded.endsWith('=') ? 1 : 0);
  const isPadded = encoded.length % 4 === 0;
  if (!isPadded && (space === 'none' || end < encoded.length)) return null;
  if (end % 4 === 1) return null;
  for (let i = 0; i < end; i += 1) if (!isDigit(encoded.charCodeAt(i))) return null;
  const bytes = Buffer.from(encoded, 'base64');
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length).slice();
}

function isDigit(c: number): boolean {
  const letter = c | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (c >= 0x30 && c <= 0x39) || c === 0x2b || c === 0x2f;
}

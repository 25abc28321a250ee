/**
 * Computes hashes for strong ETags. finish.ts adds the quotes and the content coding.
 * @module
 */
import { createHash } from 'node:crypto';

/** Returns a short tag for text that identifies the bytes of a reply. Does not reveal the text. */
export function hashTag(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22);
}

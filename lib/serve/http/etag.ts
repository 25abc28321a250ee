/**
 * Computes hashes for strong ETags. finish.ts adds the quotes and the content coding.
 * @module
 */
import { createHash } from 'node:crypto';

/** Maximum number of tags that are remembered, and maximum length of their texts. */
const [maxTags, maxLength] = [4096, 512];

/** Tags of short texts that were hashed before. */
const known = new Map<string, string>();

/** Returns a short tag for text that identifies the bytes of a reply. Does not reveal the text. */
export function hashTag(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  const tag = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  if (text.length > maxLength) return tag;
  if (known.size >= maxTags) known.clear();
  known.set(text, tag);
  return tag;
}

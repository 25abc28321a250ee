/**
 * Digest of the generated constants: equal in TypeScript and in an addon built from the same sources.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** Digest of the generated constants: equal in TypeScript and in an addon built from the same sources. */
export const wordsDigest = 'e2607279cdcd3bba';

/**
 * Digest of the generated constants: equal in TypeScript and in an addon built from the same sources.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** Digest of the generated constants: equal in TypeScript and in an addon built from the same sources. */
export const wordsDigest = 'a6351750f0dff853';

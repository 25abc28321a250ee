/**
 * Digest of all words: equal in TypeScript and in an addon that was built from the same words.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** Digest of all words: equal in TypeScript and in an addon that was built from the same words. */
export const wordsDigest = '03dbeb44c9437c47';

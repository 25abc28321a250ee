/**
 * Small questions about files.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Kinds of lookups. `stat`: what is at a path; `open`: a regular file, kept open, and its first bytes; `read`: bytes of
 * an open file; `slice`: bytes of a regular file that is opened for them; `list`: the names in a directory.
 */
export const lookupKinds = ['stat', 'open', 'read', 'slice', 'list'] as const;

/** A kind of lookup. */
export type LookupKindName = (typeof lookupKinds)[number];

/** What is at a path. */
export const fileKinds = ['other', 'file', 'directory'] as const;

/** What is at a path. */
export type FileKindName = (typeof fileKinds)[number];

/** Words of the answer to an item of a lookup. */
export const answerWords = {
  /** 1: nothing is there. */
  absent: 0,
  /** What is at the path. */
  kind: 1,
  size: 2,
  mtimeMs: 3,
  inode: 4,
  /** Bytes that were read; fewer than asked for only at the end of the file. */
  bytes: 5,
} as const;

/** Number of {@link answerWords}. */
export const answerWordCount = 6;

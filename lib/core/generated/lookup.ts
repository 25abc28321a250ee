/**
 * Metadata lookups in files and directories.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/**
 * Kinds of lookups. `stat`: kind, size and time of a path; `open`: opens a regular file, keeps it open and reads its
 * first bytes; `read`: reads bytes of an open file; `slice`: opens a regular file, reads bytes and closes it; `list`:
 * lists the names in a directory; `share`: opens a file for reads of data; equal files share one descriptor;
 * `directory`: opens a directory, so that files can be opened by names relative to it; `root`: opens a directory below
 * which files may be opened; `inflate`: decodes a deflate stream in an open file once, and records restart points;
 * `restore`: restores restart points from bytes in memory; `heap`: joins values of variable length from global heaps of
 * an open file; `firstPass`: prepares the first pass over a deflate stream, which a read of its pieces performs.
 */
export const lookupKinds = [
  'stat',
  'open',
  'read',
  'slice',
  'list',
  'share',
  'directory',
  'root',
  'inflate',
  'restore',
  'heap',
  'firstPass',
] as const;

/** A kind of lookup. */
export type LookupKindName = (typeof lookupKinds)[number];

/** Kinds of files. */
export const fileKinds = ['other', 'file', 'directory'] as const;

/** A kind of file. */
export type FileKindName = (typeof fileKinds)[number];

/** Positions of the numbers in the answer to an item of a lookup. */
export const answerWords = {
  /** 1: the path does not exist. */
  absent: 0,
  /** Number of a kind of file. */
  kind: 1,
  size: 2,
  mtimeMs: 3,
  inode: 4,
  /** Number of the device, encoded like st_dev. */
  device: 5,
  /** Bytes that were read; fewer than requested only at the end of the file. */
  bytes: 6,
} as const;

/** Number of entries of {@link answerWords}. */
export const answerWordCount = 7;

/** Positions of the numbers that describe global heaps. */
export const heapWords = {
  /** File offset of address 0. */
  base: 0,
  fileSize: 1,
  /** Size of an address. */
  addressBytes: 2,
  /** Size of a length. */
  lengthBytes: 3,
  /** Size of an item of a value. */
  itemBytes: 4,
  /** 1: a value ends before its first NUL. */
  isText: 5,
} as const;

/** Number of entries of {@link heapWords}. */
export const heapWordCount = 6;

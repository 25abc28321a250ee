/**
 * Defines a list of texts that is stored in one block of memory, for speed.
 * @module
 */

/** Texts in UTF-8, one after the other. */
export interface Utf8Text {
  /** Start of each text in `bytes`, and the end of the last one: one more entry than there are texts. */
  readonly offsets: Float64Array;
  readonly bytes: Uint8Array;
}

/**
 * What one run of a parser may cost, whatever the file says: steps and bytes. How long it holds the JavaScript thread
 * at a time: time-slices.ts.
 * @module
 */
import { FormatError } from '../core/errors.js';

/**
 * The most steps of one run: each request, each range of a request, each 4 KiB that a request delivers and each item of
 * a loop over what the file lists. Twice the chunks that one read may touch.
 */
export const maxParserSteps = 2 ** 27;

/** The most bytes that one run may read and decode: 4 GiB. */
export const maxParserBytes = 2 ** 32;

/** Bytes that cost one step to deliver. */
const bytesPerStep = 4096;

/** Counts the steps and bytes of one run. */
export class Budget {
  #steps = 0;
  #bytes = 0;

  /** Steps spent so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Counts `steps` of work on the file at `path`.
   * @throws {FormatError} when the run has no steps left.
   */
  spendSteps(steps: number, path: string): void {
    this.#steps += steps;
    if (this.#steps <= maxParserSteps) return;
    throw new FormatError(`Expected metadata that takes at most ${maxParserSteps} steps to parse, found more`, {
      path,
    });
  }

  /**
   * Counts bytes of metadata: `read` from storage or decoded, and `delivered` to the parser.
   * @throws {FormatError} when the run may not read more.
   */
  spendBytes(read: number, delivered: number, path: string): void {
    this.#bytes += read;
    if (this.#bytes > maxParserBytes) {
      throw new FormatError(`Expected at most ${maxParserBytes} bytes of metadata, found more`, { path });
    }
    this.spendSteps(Math.ceil(delivered / bytesPerStep), path);
  }
}

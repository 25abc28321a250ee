/**
 * Limits the number of steps of one run of a parser, and the number of bytes that it reads or decodes. The limits are
 * the same for all files. See time-slices.ts for the time that a run may block the JavaScript thread.
 * @module
 */
import { FormatError } from '../core/errors.js';

/**
 * Maximum number of steps of one run. It is twice the maximum number of chunks of a read. Each request, each range or
 * slice of a request, each 4 KiB of a reply and each item of a loop over file contents counts as one step.
 */
export const maxParserSteps = 2 ** 27;

/** Maximum number of bytes that one run may read and decode (4 GiB). */
export const maxParserBytes = 2 ** 32;

/** Number of delivered bytes that count as one step. */
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
   * @throws {FormatError} if the run exceeds its number of steps.
   */
  spendSteps(steps: number, path: string): void {
    this.#steps += steps;
    if (this.#steps <= maxParserSteps) return;
    throw new FormatError(`Expected metadata that takes at most ${maxParserSteps} steps to parse, found more`, {
      path,
    });
  }

  /**
   * Counts bytes of metadata.
   * @param read bytes that were read from storage or decoded. @param delivered bytes that the parser receives.
   * @throws {FormatError} if the run exceeds its number of bytes or steps.
   */
  spendBytes(read: number, delivered: number, path: string): void {
    this.#bytes += read;
    if (this.#bytes > maxParserBytes) {
      throw new FormatError(`Expected at most ${maxParserBytes} bytes of metadata, found more`, { path });
    }
    this.spendSteps(Math.ceil(delivered / bytesPerStep), path);
  }
}

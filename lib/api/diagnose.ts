/**
 * Describes this installation of the library.
 * @module
 */
import { engineNames } from '../core/generated/choices.js';
import { formats } from '../formats/registry.js';
import { binding } from '../native/binding.js';

/** Result of {@link diagnose}. */
export interface Diagnosis {
  /**
   * Values of the option `engine`. An engine in this list may still be unavailable on this machine. A read that
   * requests it then uses another engine, and reports why.
   */
  readonly engines: readonly string[];
  /** Names of the formats, in the order of detection. */
  readonly formats: readonly string[];
  /** Facts reported by the native addon: threads, sizes and the version of its protocol. */
  readonly native: Readonly<Record<string, unknown>>;
}

/**
 * Describes this installation, for `posix-par doctor` and bug reports. The fields of `native` may change in any
 * version.
 * @throws {Error} if there is no addon for this machine; the message lists the paths that were tried.
 */
export function diagnose(): Diagnosis {
  return { engines: engineNames, formats: formats.map(({ name }) => name), native: binding().info() };
}

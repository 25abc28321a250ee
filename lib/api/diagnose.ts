/**
 * What this installation of the library is.
 * @module
 */
import { engineNames } from '../core/generated/choices.js';
import { formats } from '../formats/registry.js';
import { binding } from '../native/binding.js';

/** What {@link diagnose} returns. */
export interface Diagnosis {
  /** Values of the option `engine`. That one is named does not say that this machine has it: a read says so. */
  readonly engines: readonly string[];
  /** Names of the formats, in the order in which they are tried. */
  readonly formats: readonly string[];
  /** What the addon says of itself: its threads, its sizes, the version of its protocol. */
  readonly native: Readonly<Record<string, unknown>>;
}

/**
 * Describes this installation; for `posix-par doctor` and reports of errors. The fields of `native` may change in any version.
 * @throws {Error} when there is no addon for this machine, listing what was tried.
 */
export function diagnose(): Diagnosis {
  return { engines: engineNames, formats: formats.map(({ name }) => name), native: binding().info() };
}

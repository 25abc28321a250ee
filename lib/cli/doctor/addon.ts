/**
 * The native addon: what it says of itself, or why there is none.
 * @module
 */
import { type Diagnosis, diagnose } from '../../index.js';
import { type Finding, plain } from './finding.js';

/** The addon of this installation. */
export type Addon =
  | { readonly kind: 'loaded'; readonly diagnosis: Diagnosis }
  /** The lines of the error: what is missing, what was tried and why each was not loaded, what to do. */
  | { readonly kind: 'missing'; readonly lines: readonly string[] };

/** Loads the addon. */
export function lookForAddon(): Addon {
  try {
    return { kind: 'loaded', diagnosis: diagnose() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'missing', lines: message.split('\n').map((line) => line.trim()) };
  }
}

/** What is found of the addon; of a missing one a line for each file that was tried. */
export function addonFindings(addon: Addon): Finding[] {
  if (addon.kind === 'loaded') {
    const { native, formats } = addon.diagnosis;
    return [
      { ...plain('addon', `loaded, protocol ${String(native['wireVersion'])}`), judgement: 'good' },
      plain('formats', formats.join(', ')),
    ];
  }
  const [first = '', ...rest] = addon.lines;
  const why = first.replace(/^posix-par found /, '').replace(/ Tried:$/, '');
  return [{ ...plain('addon', why), judgement: 'bad' }, ...rest.map((line) => plain('', line))];
}

/** What is said in the place of what needs the addon. */
export const needsAddon = (name: string): Finding => ({
  ...plain(name, 'not looked at', 'needs the addon'),
  judgement: 'mixed',
});

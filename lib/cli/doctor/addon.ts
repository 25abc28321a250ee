/**
 * Checks the native addon and reports why it could not be loaded.
 * @module
 */
import { type Diagnosis, diagnose } from '../../index.js';
import { type Finding, plain } from './finding.js';

/** The native addon of this installation. */
export type Addon =
  | { readonly kind: 'loaded'; readonly diagnosis: Diagnosis }
  /** Lines of the error: what is missing, which files were tried, why each failed, and what to do. */
  | { readonly kind: 'missing'; readonly lines: readonly string[] };

/** Loads the addon. Returns the reason if that fails. */
export function loadAddon(): Addon {
  try {
    return { kind: 'loaded', diagnosis: diagnose() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'missing', lines: message.split('\n').map((line) => line.trim()) };
  }
}

/** Returns the findings about the addon. If it is missing, there is one finding for each line of the error. */
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

/** Creates the finding for a check that needs the missing addon. */
export const needsAddon = (name: string): Finding => ({
  ...plain(name, 'not checked', 'requires the native addon'),
  judgement: 'mixed',
});

/**
 * Rewrites messages of the library in the words of the command line.
 * @module
 */
import type { FlagNames } from '../command.js';

/** Global flags, by the name of the library option that they set. */
const globalFlags: FlagNames = {
  threads: '--threads',
  engine: '--engine',
  cache: '--cache',
  consistency: '--consistency',
};

/** JavaScript code in messages, and its equivalent on the command line. */
const phrases: readonly (readonly [code: string, commandLine: string])[] = [
  ["`decode: 'cf'`", '--decode cf'],
  ['received undefined', 'received nothing'],
  ["Set --external-files and --root to { roots: [...] } or 'any'", 'Pass --root DIR or --external-files any'],
  // Commands have their own advice on values that do not fit.
  [": set --overflow to 'clamp' or 'wrap' to convert it", ''],
  [": set `options.overflow` to 'clamp' or 'wrap' to convert it", ''],
  ['Add a root that contains it', 'Pass --root DIR with a directory that contains it'],
  ["{ format: 'raw', dtype, shape }", '--format raw --option dtype=… --option shape=…'],
];

/** Replaces the names of library options in `message` by the flags of the command that set them. */
export function inCommandWords(message: string, flags: FlagNames): string {
  const all: FlagNames = { ...globalFlags, ...flags };
  // Parts with an odd index are between backticks; if they name an option, they are replaced.
  const parts = message.split('`').map((part, i) => (i % 2 === 1 ? (flagOf(part, all) ?? `\`${part}\``) : part));
  const renamed = parts.length % 2 === 1 ? parts.join('') : message;
  return phrases.reduce((text, [code, commandLine]) => text.replaceAll(code, commandLine), renamed);
}

/** Returns the flag for `options.name…`; undefined for other code and for options without a flag. */
function flagOf(code: string, flags: FlagNames): string | undefined {
  const name = /^options\.([A-Za-z]+)/.exec(code)?.[1];
  if (name === undefined) return undefined;
  return Object.hasOwn(flags, name) ? flags[name] : flags['*']?.replace('*', name);
}

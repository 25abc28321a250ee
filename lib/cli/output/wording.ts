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

/** Parts of messages that show JavaScript, and the same for the command line. */
const phrases: readonly (readonly [code: string, commandLine: string])[] = [
  ["`decode: 'cf'`", '--decode cf'],
  ["{ format: 'raw', dtype, shape }", '--format raw --option dtype=… --option shape=…'],
];

/** Replaces the names of library options in `message` by the flags of the command that set them. */
export function inCommandWords(message: string, flags: FlagNames): string {
  const all: FlagNames = { ...globalFlags, ...flags };
  const renamed = message.replace(/`options\.([A-Za-z]+)[^`]*`/g, (code: string, name: string) => {
    return (Object.hasOwn(all, name) ? all[name] : all['*']?.replace('*', name)) ?? code;
  });
  return phrases.reduce((text, [code, commandLine]) => text.replaceAll(code, commandLine), renamed);
}

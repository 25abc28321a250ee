/**
 * The words that options take which the library or a command checks: for help and completion.
 * @module
 */
import { Option } from '@commander-js/extra-typings';

/** What may stand in the list of `bench --access`. */
export const accessWords = ['cached', 'direct', 'cold'] as const;
/** Values of `bench --order`. */
export const orderWords = ['sequential', 'random'] as const;

/** An option with the words that it takes; whoever uses it checks them, and says more than the command line could. */
export function worded<Flags extends string>(flags: Flags, text: string, words: readonly string[]): Option<Flags> {
  const option = new Option(flags, text);
  option.argChoices = [...words];
  return option;
}

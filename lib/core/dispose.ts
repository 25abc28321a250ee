/**
 * Keys of the methods that `await using` and `using` call.
 * @module
 */

/**
 * `Symbol.asyncDispose`, or a registered symbol in realms without it. Node 20 and 22 define it only in the main realm,
 * and Jest loads the library into other realms. The code that compilers emit for `await using` falls back to the same
 * symbol.
 */
export const asyncDispose: typeof Symbol.asyncDispose =
  // TypeScript declares the symbol as always present, but it may be missing at run time.
  (Symbol as { readonly asyncDispose?: typeof Symbol.asyncDispose }).asyncDispose ??
  (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose);

/** `Symbol.dispose`, or a registered symbol in realms without it; see {@link asyncDispose}. */
export const dispose: typeof Symbol.dispose =
  (Symbol as { readonly dispose?: typeof Symbol.dispose }).dispose ??
  (Symbol.for('Symbol.dispose') as typeof Symbol.dispose);

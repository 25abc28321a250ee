/**
 * Formats handles and results for `console.log` and `util.inspect`.
 * @module
 */
import { type InspectOptions, inspect } from 'node:util';

/** Formats the class name followed by `fields`; only the name if the depth limit is reached. */
export function formatInspect(name: string, fields: object, depth: number, options: InspectOptions): string {
  return depth < 0 ? `[${name}]` : `${name} ${inspect(fields, { ...options, depth })}`;
}

/** Name of the method that `util.inspect` calls. */
const customInspect = Symbol.for('nodejs.util.inspect.custom');

/** Returns a value that `console.log` prints as `text`, without quotes. */
export function printedAs(text: string): object {
  return { [customInspect]: () => text };
}

/** Printed instead of the statistics of a result, which are longer than most results. */
export const omittedStats = printedAs('[ReadStats]');

/** Returns an object with the properties of `result` that `console.log` prints under `name`, without the statistics. */
export function printWithoutStats<T extends { readonly stats: object }>(name: string, result: T): T {
  const prototype: object = {
    [customInspect](this: T, depth: number, options: InspectOptions): string {
      return formatInspect(name, { ...this, stats: omittedStats }, depth, options);
    },
  };
  return Object.assign(Object.create(prototype) as object, result);
}

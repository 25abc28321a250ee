/**
 * How handles are shown by `console.log` and `util.inspect`.
 * @module
 */
import { type InspectOptions, inspect } from 'node:util';

/** `fields` behind the name of a class; where no more depth is left, the name alone. */
export function inspected(name: string, fields: object, depth: number, options: InspectOptions): string {
  return depth < 0 ? `[${name}]` : `${name} ${inspect(fields, { ...options, depth })}`;
}

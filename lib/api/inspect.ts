/**
 * Formats handles for `console.log` and `util.inspect`.
 * @module
 */
import { type InspectOptions, inspect } from 'node:util';

/** Formats the class name followed by `fields`; only the name if the depth limit is reached. */
export function formatInspect(name: string, fields: object, depth: number, options: InspectOptions): string {
  return depth < 0 ? `[${name}]` : `${name} ${inspect(fields, { ...options, depth })}`;
}

/**
 * Checks types of values that may come from another realm, for which `instanceof` fails. A program may pass values from
 * a `vm` context. Jest loads the library into such a context, while Node's own objects are outside.
 * @module
 */
import { types } from 'node:util';

/**
 * True for errors of any realm. Before Node 22.20 and 24.3, Node's own check does not recognise a `DOMException`;
 * `instanceof` then recognises those of this realm.
 */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || value instanceof Error;
}

/** True for errors of any realm whose name is in `names`. Use this for errors of the language such as `RangeError`. */
export function isErrorNamed(value: unknown, ...names: readonly string[]): value is Error {
  return isError(value) && names.includes(value.name);
}

const tagDescriptor = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag);

/** Returns the class name of a typed array (`Uint8Array` for a `Buffer`); undefined for other values. */
export function typedArrayName(value: unknown): string | undefined {
  // The getter of %TypedArray%.prototype reads an internal slot, so it works in all realms.
  return tagDescriptor?.get?.call(value) as string | undefined;
}

/** True for a `Uint8Array` of any realm, and for a `Buffer`. */
export function isBytes(value: unknown): value is Uint8Array {
  return typedArrayName(value) === 'Uint8Array';
}

/** True for an `ArrayBuffer` of any realm, false for a `SharedArrayBuffer`. */
export const isArrayBuffer: (value: unknown) => value is ArrayBuffer = types.isArrayBuffer;

/** True for a `Date` of any realm. */
export const isDate: (value: unknown) => value is Date = types.isDate;

/** True for a promise of any realm. Looks for `then` first, because Node's own check takes a tenth of a microsecond. */
export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && types.isPromise(value);
}

/** True for a URL object of any realm. Checks the same properties as Node's `fileURLToPath`. */
export function isUrl(value: unknown): value is URL {
  if (typeof value !== 'object' || value === null) return false;
  const { href, protocol, auth, path } = value as Readonly<Record<string, unknown>>;
  return typeof href === 'string' && typeof protocol === 'string' && auth === undefined && path === undefined;
}

/** True for an `AbortSignal` of any realm or implementation, for example that of jsdom. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  if (Object.prototype.toString.call(value) !== '[object AbortSignal]') return false;
  const { aborted, addEventListener } = value as Readonly<Record<string, unknown>>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

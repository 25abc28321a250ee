/**
 * Errors as the native side reports them.
 * @module
 */
import type { ErrorKindName } from '../core/generated/names.js';

/** An error as the native side reports it; lib/native/native-error.ts turns it into an error class. */
export interface NativeError {
  readonly kind: ErrorKindName;
  readonly op: string;
  readonly errno: number;
  /** The symbolic errno, '' where errno is 0. */
  readonly code: string;
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly message: string;
}

/** Whether an answer of the addon is an error. */
export function isNativeError(value: unknown): value is NativeError {
  return typeof value === 'object' && value !== null && 'kind' in value && 'op' in value;
}

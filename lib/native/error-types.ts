/**
 * Defines the errors that the native side reports.
 * @module
 */
import type { ErrorKindName } from '../core/generated/names.js';

/** An error of the native side. lib/native/native-error.ts turns it into an error class. */
export interface NativeError {
  readonly kind: ErrorKindName;
  readonly op: string;
  readonly errno: number;
  /** Symbolic errno, such as `EIO`; '' if errno is 0. */
  readonly code: string;
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly message: string;
}

/** True if a result of the addon is an error. */
export function isNativeError(value: unknown): value is NativeError {
  return typeof value === 'object' && value !== null && 'kind' in value && 'op' in value;
}

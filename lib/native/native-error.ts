/**
 * Turns errors of the native side into this library's error classes.
 * @module
 */
import {
  AbortError,
  ClosedError,
  CodecError,
  ConversionError,
  ExternalFileError,
  MemoryLimitError,
  ReadError,
  UnsupportedError,
  WriteError,
} from '../core/errors.js';
import type { NativeError } from './binding-types.js';

const codeOfKind: Readonly<Partial<Record<NativeError['kind'], string>>> = { eof: 'EOF', changed: 'ECHANGED' };

/** Error of a plan that the native side refused, because its numbers, which come from a file, are inconsistent. */
export class RefusedPlanError extends RangeError {}

/**
 * Creates the error of this library for `native`. Its stack trace contains the caller only if this is called
 * synchronously from the caller's code.
 */
export function toError(native: NativeError): Error {
  const { kind, op, errno, path, offset, length, message } = native;
  switch (kind) {
    case 'io':
    case 'eof':
    case 'changed': {
      const code = codeOfKind[kind] ?? native.code;
      const where = length > 0 ? ` (${length} bytes at offset ${offset})` : '';
      return new ReadError(`${op} ${path}: ${message}${where} [${code}]`, { code, errno, path, offset, length });
    }
    case 'codec':
      return new CodecError(message, { path, offset });
    case 'conversion':
      return new ConversionError(
        op === 'convert' ? `${message}: set \`options.overflow\` to 'clamp' or 'wrap' to convert it` : message,
        path === '' ? undefined : { path, offset },
      );
    case 'unsupported':
      return new UnsupportedError(message, path === '' ? undefined : path);
    case 'refused':
      return new ExternalFileError(
        `Not permitted by \`options.externalFiles\`: ${path}: ${message}. Add a root that contains it to read it`,
        { path, policy: 'roots' },
      );
    case 'cancelled':
      return new AbortError('The read was aborted');
    case 'closed':
      return new ClosedError(message);
    case 'memory': {
      // The limit of the budget is in `offset`.
      const where = path === '' ? {} : { path };
      const limits = { neededBytes: length, availableBytes: offset, limitBytes: offset };
      return new MemoryLimitError({ ...limits, source: 'budget', ...where });
    }
    case 'invalid':
      return new RefusedPlanError(`The read plan was refused: ${message}`);
  }
}

/** Creates the error of this library for an error of a write or of another change of files. */
export function toWriteError(native: NativeError): Error {
  const { kind, op, errno, code, path, offset, length, message } = native;
  if (kind === 'cancelled') return new AbortError('The write was aborted');
  if (kind === 'invalid') return new RefusedPlanError(`The write plan was refused: ${message}`);
  if (kind !== 'io' && kind !== 'changed') return toError(native);
  const where = length > 0 ? ` (${length} bytes at offset ${offset})` : '';
  const range = length > 0 ? { offset, length } : {};
  return new WriteError(`${op} ${path}: ${message}${where} [${code}]`, { code, errno, path, ...range });
}

/**
 * Formats an error as one line that says what is wrong, where, and what to do.
 * @module
 */

import { type Choice, ChoiceError, isPosixParError, PosixParError } from '../../index.js';
import type { FlagNames } from '../command.js';
import { exitCodes, UsageError } from '../exit-codes.js';
import { oneLine } from './one-line.js';
import { printable } from './table.js';
import { inCommandWords } from './wording.js';

/** An error as the command reports it. */
export interface Report {
  /** Name of the error class. */
  readonly name: string;
  /** Message in one line. */
  readonly message: string;
  /** Advice; null if there is none. */
  readonly hint: string | null;
  readonly exitCode: number;
  readonly path: string | null;
  /** Offset in the file, in bytes. */
  readonly offset: number | null;
  /** Symbolic errno, or a code of the library; null if there is none. */
  readonly code: string | null;
}

const systemHints: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path',
  ENOTDIR: 'Check the path: a component of it is a file',
  EEXIST: 'Choose another name, or pass --overwrite',
  EISDIR: 'Pass a file instead of a directory',
  EACCES: 'Ask the owner of the file for permission, or run as a user who has permission',
  EPERM: 'Ask the owner of the file for permission, or run as a user who has permission',
  EMFILE: 'Too many files are open: raise the limit with `ulimit -n`',
  ENFILE: 'Too many files are open in the system',
  ENOSPC: 'The device is full: free some space, or choose another location',
  EDQUOT: 'The quota is used up: free some space, or choose another location',
  EROFS: 'The file system is read-only: choose another location',
  EIO: 'The storage failed: check the kernel log (dmesg)',
  ESTALE: 'The file was replaced on its server: run the command again',
  EOF: 'The file is too short: it was truncated, or is still being written',
  ECHANGED: 'The file changed while it was read: run the command again',
};

interface Fields {
  readonly code?: unknown;
  readonly path?: unknown;
  readonly offset?: unknown;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Advice for a choice that does not match the file. */
const choiceHints: Readonly<Record<Choice, string>> = {
  field: 'Select a field with --field NAME',
  array: '`posix-par info PATH` lists the arrays; select one with PATH#/NAME',
  group: '`posix-par info PATH` lists the groups; select one with PATH#/NAME',
  format: 'Omit --format to detect the format',
  level: '`posix-par info PATH` lists the levels of an image; select one with --level N',
  shape: 'Pass --option shape=… and dtype=… that match the size of the file',
};

type Verdict = Pick<Report, 'exitCode' | 'hint'>;

/** Advice for values that do not fit, with the flags that the command has. */
function conversionHint(flags: FlagNames): string | null {
  const type = flags['as'] ?? flags['dtype'];
  const choices = [
    ...(type === undefined ? [] : [`choose another type with ${type}`]),
    ...(flags['overflow'] === undefined ? [] : [`pass ${flags['overflow']} clamp or wrap`]),
  ];
  const hint = choices.join(', or ');
  return hint === '' ? null : hint.charAt(0).toUpperCase() + hint.slice(1);
}

function judge(error: unknown, message: string, code: string | null, flags: FlagNames): Verdict {
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, hint: null };
  if (error instanceof ChoiceError) return { exitCode: exitCodes.usage, hint: choiceHints[error.choice] };
  if (isPosixParError(error, 'SelectionError'))
    return { exitCode: exitCodes.usage, hint: '`posix-par info PATH` shows the shape' };
  if (isPosixParError(error, 'FormatError', 'CodecError'))
    return { exitCode: exitCodes.data, hint: 'The file is damaged: compare it with its source, or copy it again' };
  if (isPosixParError(error, 'ConversionError')) return { exitCode: exitCodes.data, hint: conversionHint(flags) };
  if (isPosixParError(error, 'ExternalFileError')) return { exitCode: exitCodes.unsupported, hint: null };
  if (isPosixParError(error, 'UnsupportedError')) return { exitCode: exitCodes.unsupported, hint: null };
  if (isPosixParError(error, 'MemoryLimitError')) return { exitCode: exitCodes.system, hint: null };
  if (isPosixParError(error, 'AbortError')) return { exitCode: exitCodes.interrupted, hint: null };
  if (error instanceof TypeError && /`options\./.test(message)) return { exitCode: exitCodes.usage, hint: null };
  if (code !== null && (isPosixParError(error, 'ReadError') || /^E[A-Z0-9]+$/.test(code)))
    return { exitCode: exitCodes.system, hint: systemHints[code] ?? null };
  return { exitCode: exitCodes.failure, hint: 'This looks like a bug in posix-par; --verbose shows the stack trace' };
}

/**
 * Creates the report for `error`.
 * @param flags flags of the command that failed.
 */
export function describeError(error: unknown, flags: FlagNames = {}): Report {
  const fields: Fields = typeof error === 'object' && error !== null ? error : {};
  const raw = error instanceof Error ? error.message : String(error);
  const message = printable(oneLine(raw));
  const known = error instanceof PosixParError || error instanceof UsageError;
  const code = text(fields.code);
  return {
    name: error instanceof Error ? error.name : 'Error',
    message: message === '' ? 'Unknown error' : inCommandWords(message, flags),
    path: text(fields.path),
    offset: typeof fields.offset === 'number' ? fields.offset : null,
    code: known || (code !== null && /^E[A-Z0-9]+$/.test(code)) ? code : null,
    ...judge(error, message, code, flags),
  };
}

/** Formats the report as one line of text, without the program name. */
export function errorLine({ message, hint, path }: Report): string {
  const named = path === null || message.includes(path) ? message : `${message} (${printable(path)})`;
  return hint === null ? named : `${named.replace(/\.$/, '')}. ${hint}`;
}

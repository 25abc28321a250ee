/**
 * An error as one line that says what is wrong, where, and what to do.
 * @module
 */

import { type Choice, ChoiceError, isPosixParError, PosixParError } from '../../index.js';
import type { FlagNames } from '../command.js';
import { exitCodes, UsageError } from '../exit-codes.js';
import { oneLine } from './one-line.js';
import { printable } from './table.js';

/** An error as the command reports it. */
export interface Report {
  /** The name of its class. */
  readonly name: string;
  /** One line. */
  readonly message: string;
  /** What to do about it; null where there is no advice. */
  readonly hint: string | null;
  readonly exitCode: number;
  readonly path: string | null;
  /** In bytes. */
  readonly offset: number | null;
  /** The symbolic errno or the code of the library; null where there is none. */
  readonly code: string | null;
}

const systemHints: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path',
  ENOTDIR: 'Check the path: a part of it is a file',
  EISDIR: 'This is a directory; a file is expected',
  EACCES: 'You may not read (or write) this; ask its owner, or run as a user who may',
  EPERM: 'This is not permitted; ask its owner, or run as a user who may',
  EMFILE: 'Too many files are open: raise the limit with `ulimit -n`',
  ENFILE: 'Too many files are open in the system',
  ENOSPC: 'The device is full: free some space, or choose another place',
  EDQUOT: 'Your quota is used up: free some space, or choose another place',
  EROFS: 'The file system is read-only: choose another place',
  EIO: 'The storage failed: look into the kernel log (dmesg)',
  ESTALE: 'The file was replaced on its server: run the command again',
  EOF: 'The file ends too early: it was truncated, or is still being written',
  ECHANGED: 'The file was replaced or modified meanwhile: run the command again',
};

interface Fields {
  readonly code?: unknown;
  readonly path?: unknown;
  readonly offset?: unknown;
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Options of every command by the names that the library has for them. */
const globalFlags: FlagNames = {
  threads: '--threads',
  engine: '--engine',
  cache: '--cache',
  consistency: '--consistency',
};

/** The flag of the command that an option of the library is set by; null where it has none. */
function flagOf(message: string, flags: FlagNames): string | null {
  const name = /`options\.([A-Za-z]+)/.exec(message)?.[1];
  if (name === undefined) return null;
  const all: FlagNames = { ...globalFlags, ...flags };
  return (Object.hasOwn(all, name) ? all[name] : all['*']?.replace('*', name)) ?? null;
}

/** What to do about a wish that does not fit what is there. */
const choiceHints: Readonly<Record<Choice, string>> = {
  array: 'Name an array as PATH#/NAME; `posix-par info PATH` shows what there is',
  group: 'Name a group as PATH#/NAME; `posix-par info PATH` shows what there is',
  format: 'Without --format it is recognised',
  shape: 'Give --option shape=… and dtype=… that the file is long enough for',
};

type Verdict = Pick<Report, 'exitCode' | 'hint'>;

function judge(error: unknown, message: string, code: string | null, flags: FlagNames): Verdict {
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, hint: null };
  if (error instanceof ChoiceError) return { exitCode: exitCodes.usage, hint: choiceHints[error.choice] };
  if (isPosixParError(error, 'SelectionError'))
    return { exitCode: exitCodes.usage, hint: '`posix-par info PATH` shows the shape' };
  if (isPosixParError(error, 'FormatError', 'CodecError'))
    return { exitCode: exitCodes.data, hint: 'The file is damaged: compare it with its source, or fetch it again' };
  if (isPosixParError(error, 'ConversionError'))
    return { exitCode: exitCodes.data, hint: 'Choose another type with --as, or --overflow clamp or wrap' };
  if (isPosixParError(error, 'ExternalFileError'))
    return { exitCode: exitCodes.unsupported, hint: 'See --external-files and --root' };
  if (isPosixParError(error, 'UnsupportedError')) return { exitCode: exitCodes.unsupported, hint: null };
  if (isPosixParError(error, 'MemoryLimitError')) return { exitCode: exitCodes.system, hint: null };
  if (isPosixParError(error, 'AbortError')) return { exitCode: exitCodes.interrupted, hint: null };
  if (error instanceof TypeError && /`options\./.test(message)) {
    const flag = flagOf(message, flags);
    return { exitCode: exitCodes.usage, hint: flag === null ? null : `See ${flag}` };
  }
  if (code !== null && (isPosixParError(error, 'ReadError') || /^E[A-Z0-9]+$/.test(code)))
    return { exitCode: exitCodes.system, hint: systemHints[code] ?? null };
  return { exitCode: exitCodes.failure, hint: 'This looks like a mistake in posix-par; --verbose shows where' };
}

/**
 * What is to be said of `error`.
 * @param flags of the command that met it.
 */
export function describeError(error: unknown, flags: FlagNames = {}): Report {
  const fields: Fields = typeof error === 'object' && error !== null ? error : {};
  const raw = error instanceof Error ? error.message : String(error);
  const message = printable(oneLine(raw));
  const known = error instanceof PosixParError || error instanceof UsageError;
  const code = text(fields.code);
  return {
    name: error instanceof Error ? error.name : 'Error',
    message: message === '' ? 'Unknown error' : message,
    path: text(fields.path),
    offset: typeof fields.offset === 'number' ? fields.offset : null,
    code: known || (code !== null && /^E[A-Z0-9]+$/.test(code)) ? code : null,
    ...judge(error, message, code, flags),
  };
}

/** The report as one line of text, without the leading name of the program. */
export function errorLine({ message, hint, path }: Report): string {
  const named = path === null || message.includes(path) ? message : `${message} (${printable(path)})`;
  return hint === null ? named : `${named.replace(/\.$/, '')}. ${hint}`;
}

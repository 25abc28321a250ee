/**
 * Options for opening that several commands share.
 * @module
 */
import { Option } from '@commander-js/extra-typings';
import {
  type ArrayDescription,
  type ArrayHandle,
  describeArray,
  type ExternalFiles,
  type GroupHandle,
  isPosixParError,
  openArray,
  openGroup,
  type WritableArrayHandle,
  type WritableOpenOptions,
} from '../index.js';
import type { FlagNames } from './command.js';
import { type Context, parseInteger } from './context.js';
import { UsageError } from './exit-codes.js';
import { choiceOption, formatNames, optionsGiven } from './option-values.js';

/** Values of the shared options. */
export interface OpeningFlags {
  readonly format?: string | undefined;
  readonly array?: string | undefined;
  readonly field?: string | undefined;
  readonly level?: number | undefined;
  readonly numbers?: (typeof numberForms)[number] | undefined;
  readonly option?: readonly string[] | undefined;
  readonly externalFiles?: (typeof externalFilesNames)[number] | undefined;
  readonly root?: readonly string[] | undefined;
}

/** Values of the options for opening an array for writing. */
export interface WritingFlags {
  readonly lock?: WritableOpenOptions['lock'] | undefined;
  readonly durability?: WritableOpenOptions['durability'] | undefined;
}

const numberForms = ['values', 'bits'] as const;
const externalFilesNames = ['none', 'same-directory', 'any'] as const;

/** Creates `--external-files`, for `command.addOption(...)`. */
export const externalFilesOption = () =>
  new Option('--external-files <which>', 'which files may be opened because a file refers to them').choices(
    externalFilesNames,
  );

/** Creates `--format`, for `command.addOption(...)`. */
export const formatOption = () =>
  choiceOption('--format <name>', 'format (default: detected from the content)', formatNames);

/** Creates `--level`, for `command.addOption(...)`. */
export const levelOption = () =>
  new Option('--level <n>', 'resolution level of an OME-Zarr image; 0 is the finest').argParser(
    parseInteger('--level', 0),
  );

/** Creates `--numbers`, for `command.addOption(...)`. */
export const numbersOption = () =>
  new Option('--numbers <form>', 'values (default) or stored bits of bfloat16, float8, int4 and similar').choices(
    numberForms,
  );

/** Flags and descriptions of the shared options, for `command.option(...)`. */
export const openingOptions = {
  array: ['--array <name>', 'array of a file that holds several; same as PATH#/name'],
  field: ['--field <name>', 'field of an array of records, such as x or p.w'],
  option: ['--option <key=value>', 'option of the format (repeatable), e.g. dtype=float32 or shape=[10,20]'],
  root: ['--root <dir>', 'only open files below this directory, including PATH (repeatable)'],
} as const;

/** Flags that set the library options of opening, for error messages. */
export const openingFlags: FlagNames = {
  format: '--format',
  array: '--array',
  field: '--field',
  level: '--level',
  numbers: '--numbers',
  externalFiles: '--external-files and --root',
  '*': '--option *=…',
};

/** Collects the values of an option that may be repeated. */
export const repeated = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

/**
 * Parses `key=value` pairs into an object. A value that is not JSON is a string.
 * @throws {UsageError} if a pair has no `=`, or a key is repeated.
 */
export function formatOptions(pairs: readonly string[]): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at <= 0) throw new UsageError(`Expected key=value for --option, received '${pair}'`);
    const value = pair.slice(at + 1);
    let parsed: unknown = value;
    try {
      parsed = JSON.parse(value);
    } catch {
      // The text is not JSON, so the text itself is the value.
    }
    const key = pair.slice(0, at);
    if (Object.hasOwn(options, key)) throw new UsageError(`Expected --option ${key}=… only once, but it is repeated`);
    Object.defineProperty(options, key, { value: parsed, enumerable: true });
  }
  return options;
}

/** Returns the options of opening that the flags and the global options ask for. */
export function buildOptions(context: Context, flags: OpeningFlags): Record<string, unknown> {
  const { format, array, field, level, numbers, option } = flags;
  const externalFiles = parseExternalFiles(flags);
  const policy = externalFiles === undefined ? {} : { externalFiles };
  const ofFormat = { ...formatOptions(option ?? []), ...optionsGiven({ level, numbers }) };
  return { ...context.openOptions({ ...ofFormat, format, array, field }), ...policy };
}

/** Returns the policy for external files; undefined for the default. @throws {UsageError} if both flags are given. */
function parseExternalFiles({ externalFiles, root }: OpeningFlags): ExternalFiles | undefined {
  if (root === undefined) return externalFiles;
  if (externalFiles !== undefined) throw new UsageError('Expected either --external-files or --root, received both');
  return { roots: root };
}

/** Opens the array at `path`; throws as the library's `openArray`. */
export function openNamedArray(context: Context, path: string, flags: OpeningFlags): Promise<ArrayHandle> {
  return openArray(path, buildOptions(context, flags));
}

/** Opens the array at `path` for writing; throws as the library's `openArray` with `mode: 'r+'`. */
export function openForWriting(
  context: Context,
  path: string,
  flags: OpeningFlags & WritingFlags,
): Promise<WritableArrayHandle> {
  const { lock, durability } = flags;
  const { signal } = context;
  return openArray(path, {
    ...buildOptions(context, flags),
    ...optionsGiven({ lock, durability }),
    signal,
    mode: 'r+',
  });
}

/**
 * Describes the array, or opens the group, at `path`. If the caller names an array, looks for an array first, otherwise
 * for a group.
 * @throws the error of describing it as an array.
 */
export async function describeEither(
  context: Context,
  path: string,
  flags: OpeningFlags,
): Promise<ArrayDescription | GroupHandle> {
  const options = buildOptions(context, flags);
  const asGroup = (): Promise<GroupHandle | null> =>
    openGroup(path, options).catch((error: unknown) => {
      if (isPosixParError(error, 'UnsupportedError', 'FormatError', 'ChoiceError', 'ReadError')) return null;
      throw error;
    });
  if (flags.array === undefined && !path.includes('#')) {
    const group = await asGroup();
    return group ?? (await describeArray(path, options));
  }
  try {
    return await describeArray(path, options);
  } catch (error) {
    const group = isPosixParError(error) ? await asGroup() : null;
    if (group === null) throw error;
    return group;
  }
}

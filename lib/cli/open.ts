/**
 * Options of opening that several commands share, and what they mean.
 * @module
 */
import { Option } from '@commander-js/extra-typings';
import {
  type ArrayHandle,
  type ExternalFiles,
  type GroupHandle,
  isPosixParError,
  openArray,
  openGroup,
} from '../index.js';
import type { FlagNames } from './command.js';
import type { Context } from './context.js';
import { UsageError } from './exit-codes.js';

/** What the shared options give. */
export interface OpeningFlags {
  readonly format?: string | undefined;
  readonly array?: string | undefined;
  readonly option?: readonly string[] | undefined;
  readonly externalFiles?: (typeof externalFilesNames)[number] | undefined;
  readonly root?: readonly string[] | undefined;
}

const externalFilesNames = ['none', 'same-directory', 'any'] as const;

/** `--external-files`, for `command.addOption(...)`. */
export const externalFilesOption = () =>
  new Option('--external-files <which>', 'files that may be opened because a file names them').choices(
    externalFilesNames,
  );

/** Names, flags and texts of the shared options, for `command.option(...)`. */
export const openingOptions = {
  format: ['--format <name>', 'the format; otherwise it is recognised from the content'],
  array: ['--array <name>', 'which array of a file that holds several; or PATH#/name'],
  option: ['--option <key=value>', 'an option of the format, may be repeated: dtype=float32, shape=[10,20]'],
  root: ['--root <dir>', 'open files beneath this directory only, PATH included; may be repeated'],
} as const;

/** What sets the options of opening. */
export const openingFlags: FlagNames = {
  format: '--format',
  array: '--array',
  externalFiles: '--external-files and --root',
  '*': '--option *=…',
};

/** Collects the values of an option that may be repeated. */
export const repeated = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];

/**
 * `key=value` pairs as an object; a value that is no JSON is text.
 * @throws {UsageError} for a pair without `=`, and for a key that is given twice.
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
      // Text needs no quotes.
    }
    const key = pair.slice(0, at);
    if (Object.hasOwn(options, key)) throw new UsageError(`Expected --option ${key}=… once, received it again`);
    Object.defineProperty(options, key, { value: parsed, enumerable: true });
  }
  return options;
}

function optionsOf(context: Context, flags: OpeningFlags): Record<string, unknown> {
  const { format, array, option } = flags;
  const externalFiles = externalFilesOf(flags);
  const policy = externalFiles === undefined ? {} : { externalFiles };
  return { ...context.openOptions({ ...formatOptions(option ?? []), format, array }), ...policy };
}

/** The policy that the flags give; undefined for the default. @throws {UsageError} when both are given. */
function externalFilesOf({ externalFiles, root }: OpeningFlags): ExternalFiles | undefined {
  if (root === undefined) return externalFiles;
  if (externalFiles !== undefined) throw new UsageError('Expected --external-files or --root, received both');
  return { roots: root };
}

/** Opens the array at `path`; errors as for `openArray` of the library. */
export function openNamedArray(context: Context, path: string, flags: OpeningFlags): Promise<ArrayHandle> {
  return openArray(path, optionsOf(context, flags));
}

/**
 * Opens what is at `path`: the group, if the file or store holds several arrays and none is named; else the array.
 * @throws what opening it as an array failed with.
 */
export async function openEither(
  context: Context,
  path: string,
  flags: OpeningFlags,
): Promise<ArrayHandle | GroupHandle> {
  const options = optionsOf(context, flags);
  const asGroup = (): Promise<GroupHandle | null> =>
    openGroup(path, options).catch((error: unknown) => {
      if (isPosixParError(error, 'UnsupportedError', 'FormatError', 'ChoiceError', 'ReadError')) return null;
      throw error;
    });
  if (flags.array === undefined && !path.includes('#')) {
    const group = await asGroup();
    return group ?? (await openArray(path, options));
  }
  try {
    return await openArray(path, options);
  } catch (error) {
    const group = isPosixParError(error) ? await asGroup() : null;
    if (group === null) throw error;
    return group;
  }
}

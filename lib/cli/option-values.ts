/**
 * Values of options that the library or a command validates. Used for help and completion.
 * @module
 */
import { Option } from '@commander-js/extra-typings';

/** Values of `--format`: the names of the formats. */
export const formatNames = [
  'npy',
  'npz',
  'nifti',
  'matlab',
  'netcdf4',
  'hdf5',
  'netcdf3',
  'safetensors',
  'tiledb',
  'zarr',
  'n5',
  'tiles',
  'kerchunk',
  'raw',
] as const;
/** Values that `bench --access` accepts, as a list separated by commas. */
export const accessValues = ['cached', 'direct', 'cold'] as const;
/** Values of `bench --order`. */
export const orderValues = ['sequential', 'random'] as const;

/**
 * Creates an option that lists its values in help and completion. The code that uses the value validates it, because it
 * can report more than the argument parser could.
 */
export function choiceOption<Flags extends string>(
  flags: Flags,
  text: string,
  values: readonly string[],
): Option<Flags> {
  const option = new Option(flags, text);
  option.argChoices = [...values];
  return option;
}

/** Options of the program that only commands that open arrays accept. */
export const readOptionNames: readonly string[] = ['--threads', '--engine', '--cache', '--consistency'];

/** Returns the options that were given on the command line. */
export function optionsGiven<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

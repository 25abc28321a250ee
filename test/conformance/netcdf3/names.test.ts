/**
 * Compares names stored with NULs in classic NetCDF files with the netCDF4 library.
 */
import { expect, test } from 'vitest';
import { openGroup } from '../../../lib/index.js';
import { netcdf3Bytes } from '../../support/netcdf3-bytes.js';
import { pythonMissing, runPython } from '../../support/python.js';
import { TemporaryDirectory } from '../../support/temporary.js';

interface Described {
  readonly attributes: readonly string[];
  readonly variables: readonly {
    readonly name: string;
    readonly attributes: readonly string[];
    readonly dimensions: readonly string[];
    readonly values: readonly number[];
  }[];
}

const directory = new TemporaryDirectory();
const endings = ['', '\0', '\0\0', '\0\0\0\0', '\0rest', 'é\0'];

/** Creates a file in which all names end with `ending`. */
function write(ending: string, i: number, version: 1 | 2 | 5): string {
  const one = new Uint8Array([0, 0, 0, 1]);
  const variable = {
    name: `v${ending}`,
    type: 'int',
    dims: [0],
    attributes: [[`a${ending}`, 'int', one]],
    data: new Uint8Array([0, 0, 0, 1, 0, 0, 0, 2]),
  } as const;
  const bytes = netcdf3Bytes({
    version,
    dims: [[`x${ending}`, 2]],
    attributes: [[`g${ending}`, 'int', one]],
    variables: [variable],
  });
  return directory.write(`${i}-${version}.nc`, bytes);
}

if (pythonMissing !== null) test.skip(pythonMissing, () => {});
else {
  test('a name ends at its first NUL, as in the library', async () => {
    const paths = endings.flatMap((ending, i) => ([1, 2, 5] as const).map((version) => write(ending, i, version)));
    const described = JSON.parse(runPython('test/conformance/netcdf3/describe.py', ...paths)) as Described[];
    expect(described).toHaveLength(paths.length);
    for (const [i, path] of paths.entries()) {
      const group = await openGroup(path);
      const children = await group.children();
      const variables = await Promise.all(
        children.map(async ({ name }) => {
          await using array = await group.openArray(name);
          const { data } = await array.read();
          return {
            name,
            attributes: Object.keys(array.attributes),
            dimensions: array.dimensionNames,
            values: Array.from(data as Int32Array),
          };
        }),
      );
      expect({ attributes: Object.keys(group.attributes), variables }, path).toEqual({
        attributes: described[i]?.attributes,
        variables: described[i]?.variables,
      });
    }
  });
}

test('refuses a name that contains only NULs', async () => {
  const path = directory.write('empty.nc', netcdf3Bytes({ version: 1, dims: [['\0', 2]], variables: [] }));
  await expect(openGroup(path)).rejects.toMatchObject({ _tag: 'FormatError', message: /a name, found none/ });
});

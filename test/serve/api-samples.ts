/**
 * Serves sample arrays, and asks routes below `/api/v1`. Each test file that imports this module has its own server.
 * @module
 */
import * as fs from 'node:fs';
import { serve } from '../../lib/serve/index.js';
import { netcdf3Bytes } from '../support/netcdf3-bytes.js';
import { npyBytes, npyDict } from '../support/npy-bytes.js';
import { writeNpy, writeTiles } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { type Answer, get } from './requests.js';

export const directory = new TemporaryDirectory();
export const root = directory.at('root');
fs.mkdirSync(root);
export const [rows, columns] = [300, 200];
export const path = writeNpy(directory, 'root/a.npy', [rows, columns]);
writeNpy(directory, 'root/cube.npy', [3, 40, 50], { dtype: 'int16', value: (i) => i % 1000 });
writeTiles(directory, 'root/tiles', [40, 60], [20, 20]);
const special = new Float64Array([1.5, Number.NaN, Number.POSITIVE_INFINITY, -0]);
directory.write('root/special.npy', npyBytes(npyDict('<f8', false, [4]), new Uint8Array(special.buffer)));
const large = new BigInt64Array([2n ** 60n, -1n]);
directory.write('root/large.npy', npyBytes(npyDict('<i8', false, [2]), new Uint8Array(large.buffer)));
directory.write('root/half.npy', npyBytes(npyDict('<f2', false, [2]), new Uint8Array([0, 0x3c, 0, 0x40])));
directory.write('root/sub/notes.txt', 'no array');
const quarter = new Uint8Array([0x3e, 0x80, 0, 0]);
const scalar = { name: 's', type: 'short', dims: [], data: new Uint8Array([0, 6]) } as const;
directory.write(
  'root/scalar.nc',
  netcdf3Bytes({ version: 1, dims: [], variables: [{ ...scalar, attributes: [['scale_factor', 'float', quarter]] }] }),
);

export const server = await serve({ roots: [root], port: 0 });

/** Asks a route with the parameters of `query`. */
export function ask(route: string, query: Readonly<Record<string, string | number>>): Promise<Answer> {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) text.set(name, String(value));
  return get(server, `/api/v1/${route}?${text}`);
}

export const json = ({ text }: Answer): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
export const floats = ({ body }: Answer): Float32Array => new Float32Array(new Uint8Array(body).buffer);

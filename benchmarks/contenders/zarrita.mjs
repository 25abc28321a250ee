/** Reads with zarrita from files. Zarrita reads on libuv's threads and decodes on the JavaScript thread. */
import FileSystemStore from '@zarrita/storage/fs';
import * as zarr from 'zarrita';

export async function open(config) {
  const array = await zarr.open(new FileSystemStore(config.path), { kind: 'array' });
  return {
    prepare: (selection) => selection.map((s) => (Array.isArray(s) ? zarr.slice(s[0], s[1]) : s)),
    read: async (selection) => (await zarr.get(array, selection)).data,
  };
}

/**
 * Files that refer to other files, and the files that they refer to: inside the opened directory, next to it, and
 * elsewhere.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { runPython } from '../support/python.js';

/** Directories and files of one test. Each data file contains eight characters that name its location. */
export interface Folders {
  /** Contains `store` and `outside.bin`. */
  readonly root: string;
  /** Contains the files that are opened. */
  readonly store: string;
  /** A directory that is not below `root`. */
  readonly beyond: string;
}

/** Creates these directories and files below `directory`. */
export function makeFolders(directory: string): Folders {
  const folders = {
    root: join(directory, 'root'),
    store: join(directory, 'root/store'),
    beyond: join(directory, 'beyond'),
  };
  const { root, store, beyond } = folders;
  for (const folder of [`${store}/sub`, `${store}/...`, beyond]) fs.mkdirSync(folder, { recursive: true });
  for (const name of ['inside.bin', 'sub/in.bin', '.../three.bin', 'trailing.', 'back\\slash.bin']) {
    fs.writeFileSync(join(store, name), 'inside__');
  }
  fs.writeFileSync(`${root}/outside.bin`, 'outside_');
  fs.writeFileSync(`${beyond}/secret.bin`, 'secret__');
  fs.symlinkSync('inside.bin', `${store}/link-in.bin`);
  fs.symlinkSync(`${store}/inside.bin`, `${store}/absolute-link-in.bin`);
  fs.symlinkSync('../outside.bin', `${store}/link-out.bin`);
  fs.symlinkSync(`${beyond}/secret.bin`, `${store}/link-beyond.bin`);
  fs.symlinkSync('../../beyond', `${store}/folder-beyond`);
  return folders;
}

/** A format whose files refer to a separate data file by name. The array has eight uint8 elements. */
export interface NamingFormat {
  readonly format: string;
  /** Writes the file `name` into the store and returns its path. */
  write(store: string, name: string, target: string): string;
}

function kerchunkWith(reference: (target: string) => unknown[]): NamingFormat['write'] {
  return (store, name, target) => {
    const zarray = {
      zarr_format: 2,
      shape: [8],
      chunks: [8],
      dtype: '|u1',
      order: 'C',
      compressor: null,
      filters: null,
      fill_value: null,
    };
    const path = `${store}/${name}.json`;
    const refs = {
      '.zgroup': '{"zarr_format":2}',
      'data/.zarray': JSON.stringify(zarray),
      'data/0': reference(target),
    };
    fs.writeFileSync(path, JSON.stringify({ version: 1, refs }));
    return path;
  };
}

/** A kerchunk reference with an offset and a length. The library opens the data file by its path. */
export const kerchunkPart: NamingFormat = {
  format: 'kerchunk, a part',
  write: kerchunkWith((target) => [target, 0, 8]),
};

/** A kerchunk reference to a whole file. The library looks up the size of the file first. */
export const kerchunkWhole: NamingFormat = {
  format: 'kerchunk, a whole file',
  write: kerchunkWith((target) => [target]),
};

const placeholder = 'x'.repeat(300);

/**
 * External data of HDF5. Needs Python. The HDF5 library refuses some names, so one file is written and the name in it
 * is replaced.
 */
export function hdf5External(scratch: string): NamingFormat {
  let template: Buffer | undefined;
  return {
    format: 'HDF5 external data',
    write(store, name, target) {
      if (template === undefined) {
        runPython('test/external-files/write_external.py', `${scratch}/template.h5`, placeholder);
        template = fs.readFileSync(`${scratch}/template.h5`);
      }
      const bytes = Buffer.from(template);
      const at = bytes.indexOf(placeholder);
      bytes.fill(0, at, at + placeholder.length);
      bytes.write(target, at);
      const path = `${store}/${name}.h5`;
      fs.writeFileSync(path, bytes);
      return path;
    },
  };
}

// What node-gyp needs instead of the headers of Node.
//
// node-gyp wants the headers of Node and downloads them when it does not find them. The addon needs the Node-API headers
// alone, and those come from the npm package node-api-headers; so the builds lay out a small "nodedir" with them and the
// two settings files that node-gyp reads, and no machine needs Node's headers or a download.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { headerDirectories } from './native-config.mjs';

/** The settings that node-gyp takes from <nodedir>/include/node/common.gypi, as far as an addon on Linux needs them. */
export const commonGypi = `{
  'target_defaults': {
    'default_configuration': 'Release',
    'cflags': ['-fPIC'],
    'configurations': {
      'Debug': { 'cflags': ['-g', '-O0'] },
      'Release': { 'cflags': ['-g1', '-fno-omit-frame-pointer'] },
    },
  },
}
`;

/** Writes such a folder at `nodeDirectory`. */
export function layOutNodeDirectory(nodeDirectory) {
  const include = join(nodeDirectory, 'include', 'node');
  mkdirSync(include, { recursive: true });
  cpSync(headerDirectories().nodeApi, include, { recursive: true });
  writeFileSync(join(include, 'common.gypi'), commonGypi);
  writeFileSync(join(include, 'config.gypi'), "{ 'target_defaults': {}, 'variables': {} }\n");
}

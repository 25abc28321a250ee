// Writes the folder that node-gyp requires instead of the headers of Node.
//
// node-gyp downloads the headers of Node if it does not find them. The addon only needs the Node-API headers, which the
// npm package node-api-headers contains. So builds write a small "nodedir" with these headers and the two settings
// files that node-gyp reads. No machine needs Node's headers or a download.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { headerDirectories } from './native-config.mjs';

/** Settings that node-gyp reads from <nodedir>/include/node/common.gypi, as far as an addon on Linux needs them. */
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

/** Writes the "nodedir" to `nodeDirectory`. */
export function layOutNodeDirectory(nodeDirectory) {
  const include = join(nodeDirectory, 'include', 'node');
  mkdirSync(include, { recursive: true });
  cpSync(headerDirectories().nodeApi, include, { recursive: true });
  writeFileSync(join(include, 'common.gypi'), commonGypi);
  writeFileSync(join(include, 'config.gypi'), "{ 'target_defaults': {}, 'variables': {} }\n");
}

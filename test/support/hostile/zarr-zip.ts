/**
 * Creates hostile Zarr stores in zip archives.
 * @module
 */
import { countingBytes } from '../byte-writer.js';
import { deflatedMember, type ZipMemberBytes, zipBytes } from '../npy-bytes.js';
import { arrayV3 } from '../zarr-store.js';
import { growingBytes, type HostileCase, listed, repeated } from './case.js';

const path = '/s.zip';
const chunk = countingBytes(12);
const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
const group = encoded('{"zarr_format":3,"node_type":"group","attributes":{}}');
const array = encoded(JSON.stringify(arrayV3()));

const archive = (
  name: string,
  members: (size: number) => readonly ZipMemberBytes[],
  chosen: string | null = null,
): HostileCase => growingBytes(name, path, (size) => ({ [path]: zipBytes(members(size), true) }), chosen);

/** Returns members whose names have `nameBytes` bytes. The total size is about `size`. */
function many(size: number, nameBytes: number, member: (i: number) => ZipMemberBytes): ZipMemberBytes[] {
  return Array.from({ length: Math.ceil(size / (100 + 2 * nameBytes)) }, (_, i) => member(i));
}

const longName = 60_000;

/** Hostile cases of Zarr stores in zip archives. */
export const zarrZipCases: readonly HostileCase[] = [
  archive('chunks', (size) => [
    { name: 'zarr.json', content: array },
    ...many(size, 10, (i) => ({ name: `c/0/${i}`, content: chunk })),
  ]),
  archive('members of the same name', (size) => [
    { name: 'zarr.json', content: array },
    ...many(size, 10, () => ({ name: 'c/0/0', content: chunk })),
  ]),
  archive('children of a group', (size) => [
    { name: 'zarr.json', content: group },
    ...many(size, 70, (i) => ({ name: `a${i}/zarr.json`, content: group })),
  ]),
  archive('folders inside each other', (size) => [
    { name: 'zarr.json', content: group },
    ...many(size, longName, (i) => ({ name: `${repeated('a/', Math.min(size, longName))}${i}`, content: chunk })),
  ]),
  archive('different folders inside each other', (size) => [
    { name: 'zarr.json', content: group },
    ...many(size, longName, (i) => ({ name: `${i}/${repeated('a/', Math.min(size, longName))}x`, content: chunk })),
  ]),
  archive('slashes', (size) => [
    { name: 'zarr.json', content: group },
    ...many(size, longName, (i) => ({ name: `${repeated('/', Math.min(size, longName))}${i}`, content: chunk })),
  ]),
  archive('names', (size) => [
    { name: 'zarr.json', content: group },
    ...many(size, longName, (i) => ({ name: `${repeated('n', Math.min(size, longName))}${i}`, content: chunk })),
  ]),
  archive('groups inside each other', (size) => {
    const members: ZipMemberBytes[] = [];
    for (let depth = 0, bytes = 0; bytes < Math.min(size, 500_000); depth += 1) {
      members.push({ name: `${'a/'.repeat(depth)}zarr.json`, content: group });
      bytes += 150 + group.length + 4 * depth;
    }
    return members;
  }),
  archive('compressed metadata', (size) => {
    const attributes = `{${listed(size, (i) => `"k${i}":${i}`)}}`;
    return [
      deflatedMember('zarr.json', encoded(JSON.stringify(arrayV3()).replace('{', `{"attributes":${attributes},`))),
    ];
  }),
  archive('compressed zeros as metadata', (size) => [deflatedMember('zarr.json', new Uint8Array(size * 10))]),
  archive('metadata that is not deflate', (size) => [
    { name: 'zarr.json', content: new Uint8Array(size), decoded: array, method: 8 },
  ]),
  archive('compressed chunks', (size) => [
    { name: 'zarr.json', content: array },
    ...many(size, 10, (i) => deflatedMember(`c/${i % 2}/${i}`, chunk)),
  ]),
];

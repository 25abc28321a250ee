/**
 * Creates hostile soft and external links of HDF5.
 * @module
 */
import { growingBytes, type HostileCase, type HostileFiles, repeated, variant } from './case.js';
import {
  endOfHeader,
  entries,
  externalLink,
  file,
  fileBytes,
  header,
  link,
  type Message,
  messages,
  path,
  softLink,
  superblockBytes,
} from './hdf5-bytes.js';

/** Number of steps of the longest path of a link. */
const longSteps = 2000;

/** Creates a case of a file that consists of links in the root group. */
const links = (name: string, make: (size: number) => Message[]): HostileCase =>
  growingBytes(name, path, (size) => file(make(size)));

/** Returns `count` files, each with an external link to the next one. */
function chainOfFiles(count: number): HostileFiles {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < count; i += 1)
    files[i === 0 ? path : `/f${i}.h5`] = fileBytes([externalLink('l', `f${i + 1}.h5`, '/l')]);
  return files;
}

/** Returns a file of a group `g` and of `more` messages of the root. The group `g` contains the links of `inner`. */
function withGroup(inner: readonly Message[], more: readonly Message[]): HostileFiles {
  const start = endOfHeader(messages([link('g', 0), ...more]).length);
  return file([link('g', start), ...more], header(inner));
}

const cases: readonly HostileCase[] = [
  links('a chain of soft links', (size) => entries(size, 40, (i) => softLink(`l${i}`, `l${i + 1}`))),
  links('soft links that lead to themselves', (size) => entries(size, 40, (i) => softLink(`l${i}`, `l${i}`))),
  links('soft links in a ring', (size) => {
    const count = Math.ceil(size / 40);
    return entries(size, 40, (i) => softLink(`l${i}`, `l${(i + 1) % count}`));
  }),
  links('soft links through a long path', (size) => [
    link('a', superblockBytes),
    softLink('x', repeated('a/', 2 * longSteps)),
    ...entries(size, 40, (i) => softLink(`l${i}`, '/x')),
  ]),
  links('soft links through long paths of soft links', (size) => [
    link('a', superblockBytes),
    ...Array.from({ length: 14 }, (_, i) => softLink(`x${i}`, `${repeated('a/', 2 * longSteps)}x${i + 1}`)),
    softLink('x14', 'a'),
    ...entries(size, 40, (i) => softLink(`l${i}`, '/x0')),
  ]),
  links('paths of soft links', (size) => entries(size, 4000, (i) => softLink(`l${i}`, repeated('a/', 3900)))),
  growingBytes('soft links to a large group', path, (size) =>
    withGroup(
      entries(size / 2, 40, (i) => link(`i${i}`, superblockBytes)),
      entries(size / 2, 40, (i) => softLink(`l${i}`, `/g/i${i}`)),
    ),
  ),
  links('external links to a missing file', (size) => entries(size, 40, (i) => externalLink(`l${i}`, 'f', '/x'))),
  links('external links to missing files', (size) => entries(size, 40, (i) => externalLink(`l${i}`, `f${i}`, '/x'))),
  links('external links to the file itself', (size) => entries(size, 40, (i) => externalLink(`l${i}`, 'a.h5', '/'))),
  links('external links in a ring', (size) => entries(size, 40, (i) => externalLink(`l${i}`, 'a.h5', `/l${i}`))),
  links('the names of files of external links', (size) =>
    entries(size, 4000, (i) => externalLink(`l${i}`, `${i}${repeated('../x/', 3900)}`, '/x')),
  ),
  growingBytes('files of external links', path, (size) => {
    const files: Record<string, Uint8Array> = {};
    const count = Math.min(5000, Math.ceil(size / 200));
    for (let i = 0; i < count; i += 1) files[`/f${i}.h5`] = fileBytes([link('x', superblockBytes)]);
    return { ...files, ...file(Array.from({ length: count }, (_, i) => externalLink(`l${i}`, `f${i}.h5`, '/x'))) };
  }),
  growingBytes('external links from file to file', path, (size) => chainOfFiles(Math.min(2000, Math.ceil(size / 200)))),
];

/** Hostile links. */
export const linkCases: readonly HostileCase[] = cases.map(variant);

/**
 * Tests the policy for external files: all formats, kinds of names and policies, with synchronous and asynchronous
 * reads.
 */
import * as fs from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { type ExternalFiles, isPosixParError, openArray } from '../../lib/index.js';
import { pythonMissing } from '../support/python.js';
import { TemporaryDirectory } from '../support/temporary.js';
import { hdf5External, kerchunkPart, kerchunkWhole, makeFolders, type NamingFormat } from './files.js';

const directory = new TemporaryDirectory();
const { root, store, beyond } = makeFolders(directory.path);
const descriptor = fs.openSync(`${beyond}/secret.bin`, 'r');
afterAll(() => fs.closeSync(descriptor));

const passwd = fs.readFileSync('/etc/passwd', 'latin1').slice(0, 8);

const policies = {
  none: 'none',
  'same-directory': 'same-directory',
  any: 'any',
  'the store as root': { roots: [store] },
  'the folder above as root': { roots: [root] },
  'two roots': { roots: [beyond, store] },
} as const satisfies Readonly<Record<string, ExternalFiles>>;

type Policy = keyof typeof policies;
/** Outcome of a read for each policy: the eight characters that were read, or a short name for the error. */
type Outcomes = Readonly<Record<Policy, string>>;

const refused = 'ExternalFileError';

function inRoots(atStore: string, above: string, both: string): Omit<Outcomes, 'none' | 'same-directory' | 'any'> {
  return { 'the store as root': atStore, 'the folder above as root': above, 'two roots': both };
}

const inside: Outcomes = {
  none: refused,
  'same-directory': 'inside__',
  any: 'inside__',
  ...inRoots('inside__', 'inside__', 'inside__'),
};
const outside: Outcomes = {
  none: refused,
  'same-directory': refused,
  any: 'outside_',
  ...inRoots(refused, 'outside_', refused),
};
const secret: Outcomes = {
  none: refused,
  'same-directory': refused,
  any: 'secret__',
  ...inRoots(refused, refused, 'secret__'),
};
const nowhere = (any: string): Outcomes => ({
  none: refused,
  'same-directory': refused,
  any,
  ...inRoots(refused, refused, refused),
});
const always = (outcome: string): Outcomes => ({
  none: outcome,
  'same-directory': outcome,
  any: outcome,
  ...inRoots(outcome, outcome, outcome),
});

interface Row {
  readonly what: string;
  readonly name: string;
  readonly outcomes: Outcomes;
  /** Format whose files cannot contain such a name. */
  readonly not?: string;
}

const missing = 'no such file';
const absent: Outcomes = { ...always(missing), none: refused };

const rows: readonly Row[] = [
  { what: 'a name', name: 'inside.bin', outcomes: inside },
  { what: 'a name in a folder', name: 'sub/in.bin', outcomes: inside },
  { what: 'a name with steps that lead nowhere', name: './sub/..//./inside.bin', outcomes: inside },
  { what: 'an absolute name inside', name: `${store}/inside.bin`, outcomes: inside },
  { what: 'a way out and back in', name: '../store/inside.bin', outcomes: inside },
  { what: 'a way out', name: '../outside.bin', outcomes: outside },
  { what: 'a way out behind a folder', name: 'sub/../../outside.bin', outcomes: outside },
  { what: 'a way out behind a folder that is not there', name: 'a/../../outside.bin', outcomes: outside },
  {
    what: 'a way above the root of the file system',
    name: `${'../'.repeat(40)}${passwdName()}`,
    outcomes: nowhere(passwd),
  },
  { what: '/etc/passwd', name: '/etc/passwd', outcomes: nowhere(passwd) },
  { what: 'an absolute name elsewhere', name: `${beyond}/secret.bin`, outcomes: secret },
  {
    what: 'a folder whose name begins as the store',
    name: `${store}-not/secret.bin`,
    outcomes: { ...nowhere(missing), 'the folder above as root': missing },
  },
  { what: 'a descriptor of the process', name: `/proc/self/fd/${descriptor}`, outcomes: nowhere('secret__') },
  { what: 'three dots', name: '.../three.bin', outcomes: inside },
  { what: 'a dot at the end', name: 'trailing.', outcomes: inside },
  { what: 'a backslash', name: 'back\\slash.bin', outcomes: inside },
  { what: 'dots before a backslash', name: '..\\outside.bin', outcomes: absent },
  { what: 'a name of nothing', name: 'absent.bin', outcomes: absent },
  { what: 'a folder', name: 'sub', outcomes: { ...always('a folder'), none: refused } },
  { what: 'the opened folder', name: '.', outcomes: { ...always('a folder'), none: refused } },
  { what: 'a link inside', name: 'link-in.bin', outcomes: inside },
  {
    what: 'an absolute link inside',
    name: 'absolute-link-in.bin',
    outcomes: { ...inside, ...inRoots(refused, refused, refused) },
  },
  {
    what: 'a link to a file above',
    name: 'link-out.bin',
    outcomes: { ...outside, 'same-directory': 'outside_' },
  },
  {
    what: 'an absolute link elsewhere',
    name: 'link-beyond.bin',
    outcomes: { ...nowhere('secret__'), 'same-directory': 'secret__' },
  },
  {
    what: 'a link of a folder elsewhere',
    name: 'folder-beyond/secret.bin',
    outcomes: { ...nowhere('secret__'), 'same-directory': 'secret__' },
  },
  { what: 'an empty name', name: '', outcomes: always('FormatError') },
  { what: 'a name with a NUL', name: 'inside.bin\0x', outcomes: always('FormatError'), not: 'HDF5' },
  {
    what: 'a name that is too long',
    name: `${'a/../'.repeat(1000)}inside.bin`,
    outcomes: always('FormatError'),
    not: 'HDF5',
  },
  { what: 'a file: URL inside', name: `file://${store}/inside.bin`, outcomes: inside, not: 'HDF5' },
  { what: 'a file: URL of a relative name', name: 'file://inside.bin', outcomes: inside, not: 'HDF5' },
  { what: 'a file: URL of a way out', name: 'file://../outside.bin', outcomes: outside, not: 'HDF5' },
  { what: 'a file: URL elsewhere', name: 'file:///etc/passwd', outcomes: nowhere(passwd), not: 'HDF5' },
  { what: 'a URL of another kind', name: 'https://x/y', outcomes: always('UnsupportedError'), not: 'HDF5' },
];

function passwdName(): string {
  return 'etc/passwd';
}

/** Returns the eight characters that were read, or the name of the error in the table. */
async function outcomeOf(read: () => Promise<unknown> | unknown): Promise<string> {
  try {
    return Buffer.from((await read()) as Uint8Array).toString('latin1');
  } catch (error) {
    if (!isPosixParError(error)) throw error;
    if (isPosixParError(error, 'ReadError') && error.code === 'ENOENT') return missing;
    if (isPosixParError(error, 'ReadError') && error.code === 'EISDIR') return 'a folder';
    if (error._tag === 'FormatError' && error.message.includes('expected an external file, found none')) return missing;
    if (error._tag === 'FormatError' && error.message.includes('expected an external file, found a directory'))
      return 'a folder';
    return error._tag;
  }
}

const formats: readonly NamingFormat[] = [
  kerchunkPart,
  kerchunkWhole,
  ...(pythonMissing === null ? [hdf5External(directory.path)] : []),
];

describe.each(formats)('$format', ({ format, write }) => {
  test.each(rows.filter(({ not }) => not === undefined || !format.startsWith(not)))(
    '$what',
    async ({ name, outcomes }) => {
      const path = write(store, 'opened', name);
      const found: Record<string, readonly string[]> = {};
      for (const [policy, externalFiles] of Object.entries(policies)) {
        const open = () => openArray(path, { array: 'data', externalFiles });
        const waiting = await outcomeOf(async () => {
          await using array = await open();
          return (await array.read()).data;
        });
        const blocking = await outcomeOf(async () => {
          await using array = await open();
          return array.readSync().data;
        });
        found[policy] = [waiting, blocking];
      }
      // If a reference is to a complete file, a missing file counts as an absent chunk, which reads as 0.
      const expected = (outcome: string): string =>
        format === kerchunkWhole.format && outcome === missing ? '\0'.repeat(8) : outcome;
      const wanted = Object.entries(outcomes).map(([policy, outcome]) => [
        policy,
        [expected(outcome), expected(outcome)],
      ]);
      expect(found).toEqual(Object.fromEntries(wanted));
    },
  );
});

test.skipIf(pythonMissing !== null)(`the table includes HDF5 external data ${pythonMissing ?? ''}`, () => {
  expect(formats.map(({ format }) => format)).toContain('HDF5 external data');
});

test('defaults to same-directory, and the error names both files and the option', async () => {
  const path = kerchunkPart.write(store, 'default', '../outside.bin');
  await using array = await openArray(path, { array: 'data' });
  const error = await array.read().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ path: `${root}/outside.bin`, namedBy: path, policy: 'same-directory' });
  expect(String(error)).toMatch(/`options\.externalFiles`.*roots.*'any'/);
});

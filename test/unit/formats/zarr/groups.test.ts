import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ChoiceError, UnsupportedError } from '../../../../lib/core/errors.js';
import type { Probe } from '../../../../lib/formats/format.js';
import { zarr } from '../../../../lib/formats/zarr/zarr.js';
import { directoryProbe } from '../../../support/probe.js';
import { TemporaryDirectory } from '../../../support/temporary.js';
import { arrayV2, arrayV3, openZarr, openZarrGroup, run, writeFiles } from '../../../support/zarr-store.js';

const root = new TemporaryDirectory().path;
const groupV3 = { zarr_format: 3, node_type: 'group' };

const v3 = writeFiles(`${root}/v3.zarr`, {
  'zarr.json': {
    ...groupV3,
    attributes: { title: 'top' },
    consolidated_metadata: { kind: 'inline', must_understand: false, metadata: { stale: arrayV3() } },
  },
  'a/zarr.json': arrayV3(),
  'g/zarr.json': { ...groupV3, attributes: { n: 1 } },
  'g/h/zarr.json': groupV3,
  'g/h/x y/zarr.json': arrayV3({ attributes: { deep: true } }),
  'empty/file': 'x',
  'broken/zarr.json': '{',
  'draft/zarr.json': { zarr_format: 'https://purl.org/zarr/spec/protocol/core/3.0' },
  'old/.zarray': arrayV2(),
});
const v2 = writeFiles(`${root}/v2.zarr`, {
  '.zgroup': { zarr_format: 2, extra: 1 },
  '.zattrs': '{"x": NaN}',
  'a/.zarray': arrayV2(),
  'a/.zattrs': { y: 2 },
  'g/.zgroup': { zarr_format: 2 },
  'g/b/.zarray': arrayV2(),
  'f/0.0': 'chunk',
});

describe('groups', () => {
  it('lists the contents of the folder, and ignores consolidated metadata', () => {
    const group = openZarrGroup(v3);
    expect(group).toMatchObject({ format: 'zarr', path: v3, name: '', attributes: { title: 'top' } });
    expect(run(group.children())).toEqual([
      { name: 'a', kind: 'array' },
      { name: 'g', kind: 'group' },
      { name: 'old', kind: 'array' },
    ]);
    expect(run(openZarrGroup(v2).children())).toEqual([
      { name: 'a', kind: 'array' },
      { name: 'g', kind: 'group' },
    ]);
    expect(openZarrGroup(v2).attributes).toEqual({ x: Number.NaN });
  });

  it('opens arrays and groups by path, from the group or from the root', () => {
    const g = run(openZarrGroup(v3).openGroup('g'));
    expect(g).toMatchObject({ name: 'g', attributes: { n: 1 } });
    expect(run(g.openArray('h/x y'))).toMatchObject({ name: 'g/h/x y', path: v3, attributes: { deep: true } });
    expect(run(g.openArray('/a')).name).toBe('a');
    expect(run(g.openGroup('h')).name).toBe('g/h');
    expect(run(run(g.openGroup('h')).openGroup('/')).name).toBe('');
    expect(run(openZarrGroup(v2).openArray('g/b')).guardedFiles).toEqual([`${v2}/g/b/.zarray`]);
  });

  it('opens an array of a store by its path, with or without a leading slash', () => {
    expect(openZarr(v3, 'g/h/x y').name).toBe('g/h/x y');
    expect(openZarr(v3, '/g/h/x y/').name).toBe('g/h/x y');
    expect(openZarr(`${v3}/a`).name).toBe('');
    expect(openZarr(`${v3}/`, 'a').guardedFiles).toEqual([`${v3}/a/zarr.json`]);
    expect(openZarr(v2, 'a').attributes).toMatchObject({ y: 2 });
  });

  it('reports what the path contains instead of an array or group', () => {
    expect(() => openZarr(v3)).toThrow(
      /Expected an array in this Zarr store, found a group; it holds 'a' \(array\), 'g' \(group\).*\. Name one in the path, such as 'v3\.zarr#a' /,
    );
    expect(() => openZarr(v3, 'nothing')).toThrow(ChoiceError);
    expect(() => openZarr(v3, 'a/b')).toThrow(ChoiceError);
    expect(() => run(openZarrGroup(v3).openGroup('a'))).toThrow(/Expected a group in this Zarr store, found an array/);
  });

  it.each(['..', '../v2.zarr/a', 'g/../../v2.zarr/a', './a', 'g/./h', 'a\0b'])('refuses the path %j', (name) => {
    expect(() => openZarr(v3, name)).toThrow(/Expected a path inside the Zarr store/);
    expect(() => run(openZarrGroup(v3, 'g').openArray(name))).toThrow(ChoiceError);
  });

  it('does not resolve symbolic links in a path', () => {
    fs.symlinkSync(v3, `${root}/link.zarr`);
    const array = openZarr(`${root}/link.zarr`, 'a');
    expect(array.guardedFiles).toEqual([`${root}/link.zarr/a/zarr.json`]);
    fs.symlinkSync(`${v2}/a`, `${v2}/linked`);
    expect(openZarr(v2, 'linked').guardedFiles).toEqual([`${v2}/linked/.zarray`]);
    fs.rmSync(`${v2}/linked`);
  });

  it('reads the v3 document of a store that contains both versions', () => {
    const both = writeFiles(`${root}/both.zarr`, { 'zarr.json': arrayV3({ shape: [1, 1] }), '.zarray': arrayV2() });
    expect(openZarr(both).shape).toEqual([1, 1]);
  });

  it('reports a damaged group document', () => {
    const bad = writeFiles(`${root}/bad.zarr`, { '.zgroup': { zarr_format: 1 } });
    expect(() => openZarrGroup(bad)).toThrow(/zarr_format/);
    expect(() => openZarrGroup(v3, 'broken')).toThrow(/Expected a string as key/);
    const strict = writeFiles(`${root}/strict.zarr`, { 'zarr.json': { ...groupV3, links: {} } });
    expect(() => openZarrGroup(strict)).toThrow(UnsupportedError);
  });
});

describe('recognition', () => {
  function recognized(probe: Probe): boolean {
    return run(zarr.recognize(probe));
  }
  const empty = new Uint8Array(0);
  const zip = Uint8Array.of(0x50, 0x4b, 3, 4);

  it('recognises the folders of arrays and groups', () => {
    for (const path of [v3, `${v3}/a`, v2, `${v2}/a`, `${v2}/`]) {
      expect(recognized(directoryProbe(path))).toBe(true);
    }
    expect(recognized(directoryProbe(`${v3}/empty`))).toBe(false);
    expect(recognized(directoryProbe(root))).toBe(false);
  });

  it('recognises zipped stores', () => {
    const probe: Probe = { ...directoryProbe('/x/store.zarr.zip'), kind: 'file', head: zip, size: 100 };
    expect(recognized(probe)).toBe(true);
    expect(recognized({ ...probe, path: '/x/store.npz' })).toBe(false);
    expect(recognized({ ...probe, head: empty })).toBe(false);
    expect(recognized({ ...probe, path: '/x/image.ozx' })).toBe(true);
    expect(recognized({ ...probe, path: '/x/image.docx' })).toBe(false);
  });

  it('takes no options', () => {
    const probe: Probe = directoryProbe(`${v3}/a`);
    expect(() => run(zarr.open(probe, { array: null, options: { dtype: 'int8' } }))).toThrow(/options\.dtype/);
  });
});

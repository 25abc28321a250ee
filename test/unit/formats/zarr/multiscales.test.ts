import { describe, expect, it } from 'vitest';
import { ChoiceError, FormatError } from '../../../../lib/core/errors.js';
import type { ArrayDescriptor } from '../../../../lib/formats/format.js';
import { zarr } from '../../../../lib/formats/zarr/zarr.js';
import { directoryProbe } from '../../../support/probe.js';
import { TemporaryDirectory } from '../../../support/temporary.js';
import { arrayV2, arrayV3, openZarr, openZarrGroup, run, writeFiles } from '../../../support/zarr-store.js';

const root = new TemporaryDirectory().path;
let stores = 0;

/** Writes a store with the image `multiscale` at its root and the arrays `0` and `deep/1`. */
function writeImage(multiscale: object): string {
  stores += 1;
  return writeFiles(`${root}/${stores}.zarr`, {
    '.zgroup': { zarr_format: 2 },
    '.zattrs': { multiscales: [multiscale] },
    '0/.zarray': arrayV2(),
    'deep/.zgroup': { zarr_format: 2 },
    'deep/1/.zarray': arrayV2({ shape: [2, 3] }),
  });
}

const openLevel = (folder: string, level: number, array: string | null = null): ArrayDescriptor =>
  run(zarr.open(directoryProbe(folder), { array, options: { level } }));

const scale = (...numbers: number[]): object => ({ type: 'scale', scale: numbers });
const translation = (...numbers: number[]): object => ({ type: 'translation', translation: numbers });
const axes = [
  { name: 'y', type: 'space', unit: 'micrometer' },
  { name: 'x', type: 'space' },
];
const datasets = [
  { path: '0', coordinateTransformations: [scale(2, 0.5)] },
  { path: 'deep/1', coordinateTransformations: [scale(4, 1), translation(1, 0.25)] },
];
const image = writeImage({
  name: 'cells',
  axes,
  datasets,
  coordinateTransformations: [scale(10, 1), translation(5, 0)],
});

describe('levels of OME-Zarr images', () => {
  it('are opened by the option level, with axes, and the transformations of level and image as one', () => {
    expect(openLevel(image, 1)).toMatchObject({
      name: 'deep/1',
      shape: [2, 3],
      dimensionNames: ['y', 'x'],
      attributes: {
        multiscale: {
          ...{ name: 'cells', level: 1, levels: 2, scale: [40, 1], translation: [15, 0.25] },
          axes: [axes[0], { name: 'x', type: 'space', unit: null }],
        },
      },
    });
  });

  it('are shown in groups, also in groups below the image', () => {
    const group = openZarrGroup(image);
    expect(run(group.children())).toEqual([
      { name: '0', kind: 'array', level: 0 },
      { name: 'deep', kind: 'group' },
    ]);
    expect(run(group.openArray('0')).dimensionNames).toEqual(['y', 'x']);
    const deep = run(group.openGroup('deep'));
    expect(run(deep.children())).toEqual([{ name: '1', kind: 'array', level: 1 }]);
    expect(run(deep.openArray('1')).attributes['multiscale']).toMatchObject({ level: 1 });
  });

  it('keep their description when the array grows', () => {
    const { resize } = openLevel(image, 0);
    expect(resize).toBeDefined();
    if (resize === undefined) return;
    expect(run(resize([8, 6])).descriptor).toMatchObject({ shape: [8, 6], dimensionNames: ['y', 'x'] });
  });

  it('of an image below the root are found by the name of the group', () => {
    const plate = writeFiles(`${root}/plate.zarr`, {
      'zarr.json': { zarr_format: 3, node_type: 'group' },
      'A/1/zarr.json': {
        zarr_format: 3,
        node_type: 'group',
        attributes: { ome: { multiscales: [{ datasets: [{ path: 's' }] }] } },
      },
      'A/1/s/zarr.json': arrayV3({ dimension_names: ['row', 'column'] }),
    });
    const array = openLevel(plate, 0, 'A/1');
    expect(array).toMatchObject({ name: 'A/1/s', dimensionNames: ['row', 'column'] });
    expect(array.attributes['multiscale']).toEqual({
      ...{ name: null, level: 0, levels: 1, axes: null, scale: null, translation: null },
    });
  });

  it.each([
    [
      'names of axes',
      { axes: ['y', 'x'], datasets },
      {
        axes: [
          { name: 'y', type: null, unit: null },
          { name: 'x', type: null, unit: null },
        ],
      },
    ],
    ['no axes', { datasets }, { axes: null, scale: [2, 0.5] }],
    [
      'an unknown transformation',
      { datasets: [{ path: '0', coordinateTransformations: [{ type: 'affine' }] }] },
      { scale: null },
    ],
    [
      'numbers in an array',
      { datasets: [{ path: '0', coordinateTransformations: [{ type: 'scale', path: 's' }] }] },
      { scale: null },
    ],
    [
      'an identity',
      { datasets: [{ path: '0', coordinateTransformations: [{ type: 'identity' }] }] },
      { scale: [1, 1], translation: [0, 0] },
    ],
  ])('are read with %s', (_, multiscale, expected) => {
    expect(openLevel(writeImage(multiscale), 0).attributes['multiscale']).toMatchObject(expected);
  });

  it('refuse a level that does not exist, and list those that do', () => {
    expect(() => openLevel(image, 2)).toThrow('Expected a level from 0 to 1 for `options.level`, received 2');
    expect(() => openLevel(image, 2)).toThrow(ChoiceError);
    expect(() => openLevel(writeImage({ datasets: [{ path: '0' }] }), 1)).toThrow('Expected level 0');
    expect(() => openLevel(writeImage({ datasets: [] }), 0)).toThrow('Expected an image with levels');
    expect(() => openLevel(image, 0.5)).toThrow(TypeError);
  });

  it('refuse groups and arrays that are no image, and say what the store contains', () => {
    const message =
      /Expected an OME-Zarr image \(a group with `multiscales`\) for `options.level`, found (a group|an array)/;
    expect(() => openLevel(image, 0, 'deep')).toThrow(message);
    expect(() => openLevel(image, 0, '0')).toThrow(message);
    expect(() => openLevel(image, 0, 'none')).toThrow(/found nothing; the store holds '0' \(array\), 'deep' \(group\)/);
  });

  it('are suggested if the caller opens the group as an array, and refused for groups', () => {
    expect(() => openZarr(image)).toThrow('The option `level: 0` opens the finest level of this image');
    const { openGroup } = zarr;
    expect(openGroup).toBeDefined();
    if (openGroup === undefined) return;
    expect(() => run(openGroup(directoryProbe(image), { array: null, options: { level: 0 } }))).toThrow(
      'Expected no `options.level` for a group',
    );
  });

  it.each([
    ['a path that leaves the group', { datasets: [{ path: '../0' }] }, "'multiscales[0].datasets[0].path'"],
    ['an empty path', { datasets: [{ path: '/' }] }, "'multiscales[0].datasets[0].path'"],
    ['a very long path', { datasets: [{ path: 'a/'.repeat(2049) }] }, "'multiscales[0].datasets[0].path'"],
    ['no path', { datasets: [{}] }, "'multiscales[0].datasets[0].path'"],
    ['no datasets', {}, "'multiscales[0].datasets'"],
    ['too few axes', { axes: ['x'], datasets }, "'multiscales[0].axes'"],
    ['an axis without an object', { axes: [1, 2], datasets }, "'multiscales[0].axes[0]'"],
    ['a scale of other rank', { datasets: [{ path: '0', coordinateTransformations: [scale(1)] }] }, '.scale'],
    [
      'a scale of text',
      { datasets: [{ path: '0', coordinateTransformations: [{ type: 'scale', scale: ['a', 'b'] }] }] },
      '.scale[0]',
    ],
    [
      'many transformations',
      { datasets: [{ path: '0', coordinateTransformations: new Array(17).fill(scale(1, 1)) }] },
      'at most 16',
    ],
  ])('name the place of damage: %s', (_, multiscale, place) => {
    const folder = writeImage(multiscale);
    expect(() => openLevel(folder, 0)).toThrow(FormatError);
    expect(() => openLevel(folder, 0)).toThrow(place);
    expect(run(openZarrGroup(folder).children()).map(({ name }) => name)).toEqual(['0', 'deep']);
  });
});

/**
 * Creates array descriptors. Each attribute of a TileDB array is presented as an array.
 * @module
 */
import { UnsupportedError } from '../../core/errors.js';
import type { FillValue } from '../../core/fill.js';
import { checkChunkBytes, maxRank } from '../../core/limits.js';
import type { ArrayDescriptor, DomainBounds } from '../format.js';
import { readValue } from './datatypes.js';
import { filterName } from './filters.js';
import type { Bounds } from './footer.js';
import type { Frame } from './fragment.js';
import { AttributeLayers, type Column, cellBytesOf } from './layers.js';
import type { Part } from './names.js';
import type { TiledbOptions } from './options.js';
import type { Attribute, Schema } from './schema.js';
import type { Snapshot } from './snapshot.js';
import { boundOf, nonEmptyBounds, summaryOf } from './summary.js';
import { isVariableText, parseTexts, textFill } from './variable-text.js';

/**
 * Returns the descriptor of an attribute, or of its validity if `options.part` says so.
 * @param name attribute of the snapshot's schema.
 * @throws {UnsupportedError} for attributes of variable length that are not text, for the validity of an attribute that
 * is not nullable, for tiles that are too large, and for 2^53 or more positions in a dimension.
 */
export function describe(path: string, snapshot: Snapshot, name: string, options: TiledbOptions): ArrayDescriptor {
  const { schema } = snapshot;
  const column = columnOf(path, schema, name, options.part);
  const { attribute, part, cell } = column;
  const frame = frameOf(path, snapshot, options);
  const shape = [...frame.shape, ...cell];
  if (shape.length > maxRank) throw new UnsupportedError(`more than ${maxRank} dimensions`, path);
  const isText = part === 'values' && attribute.values === null;
  const fill = isText ? { value: null, uniform: true } : fillOf(attribute, part);
  const layers = new AttributeLayers(column, frame, snapshot.fragments, fill.uniform);
  let validity: ArrayDescriptor | undefined;
  const described: ArrayDescriptor = {
    format: 'tiledb',
    path,
    name,
    shape,
    dtype: column.dtype,
    chunkShape: [...column.tileShape, ...cell],
    fillValue: fill.value,
    ...(isText ? { chunkText: { fill: textFill(attribute), parse: parseTexts } } : {}),
    dimensionNames: [...schema.dimensions.map((dimension) => dimension.name || null), ...cell.map(() => null)],
    attributes: { tiledb: summaryOf(snapshot, attribute), ...snapshot.metadata },
    scaling: null,
    guardedFiles: [],
    domain: domainOf(frame, cell),
    ...(part === 'values' && !isText ? storedTypeOf(attribute) : {}),
    codecs: (part === 'validity' ? schema.validityPipeline : attribute.pipeline).map(({ type }) => filterName(type)),
    filesMayVanish: true,
    layers: (start, stop) => layers.of(start, stop),
  };
  if (part === 'validity' || !attribute.nullable) return described;
  return {
    ...described,
    validity: () => {
      validity ??= describe(path, snapshot, name, { ...options, part: 'validity' });
      return validity;
    },
  };
}

/** Returns the stored type in words; nothing if the dtype says it. */
function storedTypeOf({ type }: Attribute): { readonly storedAs?: string } {
  return type.unit === null && type.name.toLowerCase() === type.dtype ? {} : { storedAs: type.unit ?? type.name };
}

/** Returns the column to read: the values of an attribute, or its validity bytes. */
function columnOf(path: string, schema: Schema, name: string, part: Part): Column {
  const attribute = schema.attributes.find((candidate) => candidate.name === name);
  if (attribute === undefined) throw new UnsupportedError(`no attribute '${name}'`, path);
  const { values, type, nullable } = attribute;
  const isVariable = part === 'values' && values === null;
  if (isVariable && !isVariableText(attribute)) {
    const what = `TileDB attribute '${name}' with any number of values of type ${type.name}`;
    throw new UnsupportedError(what, path, 'Read it with TileDB-Py');
  }
  if (part === 'validity' && !nullable) {
    throw new UnsupportedError(`the validity of '${name}', which is not nullable`, path);
  }
  const tileShape = tileShapeOf(path, schema, cellBytesOf(attribute, part));
  const dtype = part === 'validity' ? 'bool' : isVariable ? 'uint8' : type.dtype;
  const cell = part === 'validity' || values === null || values === 1 ? [] : [values];
  return { path, attribute, part, cell, dtype, tileShape };
}

/**
 * Returns the part of the domain that the array shows. The lowest coordinates of this part become position 0. By
 * default, it is the current domain, or the whole domain if the schema has no current domain. With
 * `extent: 'nonempty'`, it is the bounding box of the written cells.
 */
function frameOf(path: string, { schema, fragments }: Snapshot, { extent }: TiledbOptions): Frame {
  const written = nonEmptyBounds(schema, fragments);
  const bounds = schema.dimensions.map(({ lo, hi }, d): Bounds => {
    if (extent === 'domain') return schema.currentDomain?.[d] ?? { lo, hi };
    return written?.[d] ?? { lo, hi: lo - 1n };
  });
  const shape = bounds.map(({ lo, hi }, d) => {
    const size = hi - lo + 1n;
    if (size <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(size);
    const what = `${size} positions in dimension '${schema.dimensions[d]?.name ?? d}'`;
    throw new UnsupportedError(what, path, "Pass `extent: 'nonempty'` to count positions from the first cell written");
  });
  return { dimensions: schema.dimensions, base: bounds.map(({ lo }) => lo), shape };
}

function tileShapeOf(path: string, schema: Schema, cellBytes: number): number[] {
  const bytes = schema.dimensions.reduce((product, { extent }) => product * Number(extent), cellBytes);
  checkChunkBytes(bytes, 'encoded', 'TileDB tiles', path);
  return schema.dimensions.map(({ extent }) => Number(extent));
}

function domainOf({ base, shape }: Frame, cell: readonly number[]): DomainBounds[] {
  const bounds = base.map((lo, d) => ({ lo: boundOf(lo), hi: boundOf(lo + BigInt(shape[d] ?? 0) - 1n) }));
  return [...bounds, ...cell.map((values) => ({ lo: 0, hi: values - 1 }))];
}

/** Returns the value of unwritten cells. `uniform` is false if a cell has several values with different fill values. */
function fillOf(attribute: Attribute, part: Part): { value: FillValue; uniform: boolean } {
  if (part === 'validity') return { value: attribute.fillValidity !== 0, uniform: true };
  const { fill, type } = attribute;
  if (fill === null) return { value: type.fill, uniform: true };
  const uniform = fill.every((byte, i) => byte === fill[i % type.size]);
  return { value: readValue(type, fill, 0), uniform };
}

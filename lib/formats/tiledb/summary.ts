/**
 * Collects the `tiledb` attribute of an array: details beyond shape and type.
 * @module
 */
import { filterName } from './filters.js';
import type { Bounds } from './footer.js';
import type { FragmentMetadata } from './fragment.js';
import type { Attribute, Schema } from './schema.js';
import type { Snapshot } from './snapshot.js';

/** Returns a 64-bit coordinate as a number if that is exact, else as a bigint. */
export function boundOf(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Returns the bounding box of all cells of the fragments, or null if there are no fragments. */
export function nonEmptyBounds(schema: Schema, fragments: readonly FragmentMetadata[]): Bounds[] | null {
  if (fragments.length === 0) return null;
  return schema.dimensions.map((_, d) => {
    const bounds = fragments.flatMap(({ footer }) => footer.nonEmpty?.[d] ?? []);
    const least = bounds.reduce((a, b) => (b.lo < a.lo ? b : a));
    const most = bounds.reduce((a, b) => (b.hi > a.hi ? b : a));
    return { lo: least.lo, hi: most.hi };
  });
}

/** Returns the properties of the attribute and the array that docs/formats/tiledb.md lists. */
export function summaryOf({ schema, fragments }: Snapshot, attribute: Attribute): Readonly<Record<string, unknown>> {
  const pair = ({ lo, hi }: Bounds): (number | bigint)[] => [boundOf(lo), boundOf(hi)];
  return {
    formatVersion: schema.version,
    attributes: schema.attributes.map(({ name }) => name),
    datatype: attribute.type.name,
    unit: attribute.type.unit,
    valuesPerCell: attribute.values,
    nullable: attribute.nullable,
    enumeration: attribute.enumeration,
    filters: attribute.pipeline.map(({ type }) => filterName(type)),
    tileOrder: schema.tileOrder,
    cellOrder: schema.cellOrder,
    dimensions: schema.dimensions.map((dimension) => ({
      name: dimension.name,
      datatype: dimension.type.name,
      unit: dimension.type.unit,
      domain: pair(dimension),
      tile: boundOf(dimension.extent),
    })),
    labels: schema.labels.map(({ name, dimension, uri, isRelative, attribute }) => ({
      name,
      dimension,
      uri,
      isRelative,
      attribute,
    })),
    currentDomain: schema.currentDomain?.map(pair) ?? null,
    nonEmptyDomain: nonEmptyBounds(schema, fragments)?.map(pair) ?? null,
    fragments: fragments.length,
  };
}

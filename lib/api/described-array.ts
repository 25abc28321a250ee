/**
 * Properties of an open array.
 * @module
 */
import type { InspectOptions } from 'node:util';
import type { DType } from '../core/dtype.js';
import type { FillValue } from '../core/fill.js';
import { toJsonValue } from '../core/json-value.js';
import type { ArrayDescriptor, DomainBounds } from '../formats/format.js';
import { type AttributeType, attributesOfArray, describeAttributes } from './attribute-types.js';
import { formatInspect } from './inspect.js';
import { ReadableArray } from './readable-array.js';

/**
 * Properties of an open array.
 * @typeParam D the element type.
 */
export abstract class DescribedArray<D extends DType = DType> extends ReadableArray<D> {
  readonly #array: { readonly descriptor: ArrayDescriptor };

  /** @internal */
  constructor(array: { readonly descriptor: ArrayDescriptor }) {
    super();
    this.#array = array;
  }

  override get storageOrder(): readonly number[] {
    const { fixedLayers, shape, chunkShape } = this.#array.descriptor;
    // If the array has several chunks, they follow each other in C order, whatever the order of elements in a chunk.
    const isOneChunk = shape.every((size, d) => size <= (chunkShape[d] ?? size));
    return (isOneChunk ? fixedLayers?.[0]?.layout.axisOrder : undefined) ?? super.storageOrder;
  }

  /** @internal */
  override get storesMissing(): boolean {
    return this.#array.descriptor.validity?.() !== undefined;
  }

  /** Name of the format, such as `npy`. */
  get format(): string {
    return this.#array.descriptor.format;
  }
  /** Absolute path that was opened. */
  get path(): string {
    return this.#array.descriptor.path;
  }
  /** Path of the array within its file or store; '' if the array has no name there, as in `npy` files. */
  get name(): string {
    return this.#array.descriptor.name;
  }
  /** Length of each dimension, in the format's order; empty for a scalar. */
  get shape(): readonly number[] {
    return this.#array.descriptor.shape;
  }
  /** Element type. Reads return this type unless their options ask for another. */
  get dtype(): D {
    return this.#array.descriptor.dtype as D;
  }
  /** Shape of one chunk; the shape of the array if it is not chunked. */
  get chunkShape(): readonly number[] {
    return this.#array.descriptor.chunkShape;
  }
  /** Value of the elements of absent chunks; null if the array defines none, in which case they are 0. */
  get fillValue(): FillValue {
    return this.#array.descriptor.fillValue;
  }
  /** Attributes stored with the array, by name; empty if there are none. */
  get attributes(): Readonly<Record<string, unknown>> {
    return this.#array.descriptor.attributes;
  }
  /**
   * Stored types and shapes of the attributes.
   * @example arr.attributeTypes // [{ name: 'units', shape: [], type: { kind: 'text', size: 1, … } }]
   */
  get attributeTypes(): readonly AttributeType[] {
    return describeAttributes(attributesOfArray(this.#array.descriptor));
  }
  /** Name of each dimension, or null for a dimension without a name. Null if the array has no dimension names. */
  get dimensionNames(): readonly (string | null)[] | null {
    return this.#array.descriptor.dimensionNames;
  }
  /** Maximum size of each dimension; null if it is unlimited. Equals `shape` in formats whose arrays do not grow. */
  get maxShape(): readonly (number | null)[] {
    const { maxShape = [], shape } = this.#array.descriptor;
    return [...maxShape, ...shape.slice(maxShape.length)];
  }
  /** Coordinate range of each dimension; null if the format has no coordinates and positions count from 0. */
  get domain(): readonly DomainBounds[] | null {
    return this.#array.descriptor.domain ?? null;
  }
  /** Describes the array for `JSON.stringify`. 64-bit integers, NaN and infinities become strings. */
  toJSON(): Record<string, unknown> {
    const { format, path, name, dtype, shape, chunkShape, fillValue, dimensionNames, attributes } = this;
    const fields = { format, path, name, dtype, shape, chunkShape, fillValue, dimensionNames, attributes };
    return toJsonValue(fields) as Record<string, unknown>;
  }

  /** @internal Formats the handle for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](depth: number, options: InspectOptions): string {
    const { format, path, name, dtype, shape } = this;
    return formatInspect(
      'ArrayHandle',
      { format, dtype, shape, path, ...(name === '' ? {} : { name }) },
      depth,
      options,
    );
  }
}

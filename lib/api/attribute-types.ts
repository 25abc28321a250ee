/**
 * Describes the types of attributes.
 * @module
 */
import { typedArrayName } from '../core/brands.js';
import type { ArrayDescriptor } from '../formats/descriptor.js';
import type { AttributesFacts } from '../formats/hdf5-facts.js';
import { describeDatatype, describeValueType, type TypeDescription } from './type-description.js';

/** The stored type and shape of an attribute. */
export interface AttributeType {
  readonly name: string;
  /** Empty for one value; null if the attribute has no value and no shape (HDF5's null dataspace). */
  readonly shape: readonly number[] | null;
  /** Type in the file. Formats that store attributes as JSON have no types; it is then derived from the value. */
  readonly type: TypeDescription;
}

/** Attributes of an object: values, and types and shapes in formats that store them. */
export interface AttributesOf {
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly attributesFacts?: AttributesFacts | undefined;
  readonly attributeTypes?: ArrayDescriptor['attributeTypes'];
}

/** Returns the attributes of an array. */
export const attributesOfArray = ({ attributes, attributeTypes, hdf5 }: ArrayDescriptor): AttributesOf => ({
  attributes,
  attributesFacts: hdf5?.attributes,
  attributeTypes,
});

/** Returns the types and shapes of attributes. */
export function describeAttributes({ attributes, attributesFacts, attributeTypes }: AttributesOf): AttributeType[] {
  if (attributesFacts !== undefined) {
    // The library adds attributes for details of a datatype, which are not in the file.
    return Object.entries(attributesFacts).map(([name, { shape, datatype }]) => ({
      name,
      shape,
      type: describeDatatype(datatype),
    }));
  }
  return Object.entries(attributes).map(([name, value]) => {
    const isList = Array.isArray(value) || typedArrayName(value) !== undefined;
    const shape = isList ? [Array.from(value as Iterable<unknown>).length] : [];
    return { name, shape, type: describeValueType(value, attributeTypes?.[name]) };
  });
}

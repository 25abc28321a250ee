/**
 * Facts that HDF5 stores about objects and attributes, and that the types of this library do not express.
 * @module
 */
import type { ByteOrder } from '../core/dtype.js';
import type { FloatBits } from './small-numbers.js';

/** A datatype in the file. `size` is in bytes. */
export type Datatype =
  | {
      readonly kind: 'integer' | 'bitfield';
      readonly size: number;
      readonly byteOrder: ByteOrder;
      readonly signed: boolean;
      /** Lowest bit of the value in the element; `precision` is the number of bits of the value. */
      readonly bitOffset: number;
      readonly precision: number;
      /** Value of the padding bits above the value. */
      readonly highPadding: 'zeros' | 'ones';
    }
  | {
      readonly kind: 'float';
      readonly size: number;
      readonly byteOrder: ByteOrder | 'vax';
      /** True if the layout is the IEEE 754 format of this size (2, 4 or 8 bytes). */
      readonly ieee: boolean;
      /** Number of exponent bits and of mantissa bits. */
      readonly exponent: number;
      readonly mantissa: number;
      /** Bits of the value; null if the mantissa has no implied highest bit, or if the byte order is `vax`. */
      readonly bits: FloatBits | null;
    }
  | { readonly kind: 'string'; readonly size: number; readonly padding: StringPadding; readonly charset: Charset }
  | { readonly kind: 'opaque'; readonly size: number; readonly tag: string }
  | { readonly kind: 'compound'; readonly size: number; readonly members: readonly Member[] }
  | { readonly kind: 'reference'; readonly size: number; readonly target: 'object' | 'region' | 'new' }
  | {
      readonly kind: 'enum';
      readonly size: number;
      readonly base: Datatype;
      readonly names: readonly string[];
      readonly values: Uint8Array;
    }
  | {
      readonly kind: 'vlen';
      readonly size: number;
      readonly base: Datatype;
      readonly content: 'sequence' | 'text';
      /** Padding and encoding of text. */
      readonly padding: StringPadding;
      readonly charset: Charset;
    }
  | { readonly kind: 'array'; readonly size: number; readonly base: Datatype; readonly shape: readonly number[] }
  | { readonly kind: 'complex'; readonly size: number; readonly base: Datatype }
  | { readonly kind: 'time'; readonly size: number };

/** Padding of a fixed-length string. */
export type StringPadding = 'null-terminated' | 'null-padded' | 'space-padded';
/** Encoding of a string. */
export type Charset = 'ascii' | 'utf-8';

/** Member of a compound datatype. */
export interface Member {
  readonly name: string;
  /** Offset in bytes in the element. */
  readonly offset: number;
  readonly type: Datatype;
}

/** A filter in the pipeline. */
export interface FilterInfo {
  readonly id: number;
  /** Name of the filter in the file; '' if it has none. */
  readonly name: string;
  /** True if the writer may skip this filter if it fails. The chunk's filter mask records skipped filters. */
  readonly isOptional: boolean;
  /** Parameters of the filter ("client data"). */
  readonly values: readonly number[];
}

/** Datatype and shape of an attribute. */
export interface AttributeFacts {
  readonly datatype: Datatype;
  /** Empty for a scalar; null for a null dataspace. */
  readonly shape: readonly number[] | null;
}

/** Facts about the attributes of an object, by name. Attributes that are damaged are absent. */
export type AttributesFacts = Readonly<Record<string, AttributeFacts>>;

/** Facts about a dataset. */
export interface DatasetFacts {
  readonly datatype: Datatype;
  /** True if the dataspace is null, so that there are neither elements nor dimensions. */
  readonly isNull: boolean;
  /** True if the elements are stored in chunks. */
  readonly isChunked: boolean;
  /** Filters of the chunks in the order in which the writer applied them. */
  readonly filters: readonly FilterInfo[];
  readonly attributes: AttributesFacts;
}

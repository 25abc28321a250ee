/**
 * Queries of the routes below `/api/v1`, and the JSON documents that they send.
 * Generated from the OpenAPI document of the server. Run scripts/build/openapi-types.mjs after a change of a route.
 * @module
 */
/** Type of an element or attribute. Sizes are in bytes. */
export type ElementType =
  | {
      readonly kind: 'integer';
      readonly size: number;
      readonly signed: boolean;
      readonly byteOrder: 'little' | 'big' | 'vax';
    }
  | {
      readonly kind: 'float' | 'complex' | 'bitfield';
      readonly size: number;
      readonly byteOrder: 'little' | 'big' | 'vax';
    }
  | { readonly kind: 'bool' | 'time' | 'other'; readonly size: number }
  | { readonly kind: 'text'; readonly size: number | null; readonly encoding: string; readonly padding: string | null }
  | { readonly kind: 'opaque'; readonly size: number; readonly tag: string }
  | {
      readonly kind: 'record';
      readonly size: number;
      readonly fields: readonly { readonly name: string; readonly offset: number; readonly type: ElementType }[];
    }
  | {
      readonly kind: 'enum';
      readonly size: number;
      readonly base: ElementType;
      readonly members: readonly { readonly name: string; readonly value: number | string }[];
    }
  | { readonly kind: 'array'; readonly shape: readonly number[]; readonly item: ElementType }
  | { readonly kind: 'sequence'; readonly item: ElementType }
  | { readonly kind: 'reference'; readonly target: string };

export interface Routes {
  /** Read a selection of an array. */
  readonly read: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
      /** Selection as in NumPy, such as 0:64,:,-1. Default: all elements. */
      readonly selection?: string;
      /** Field of records, such as x or p.w. Default: all fields, which only JSON holds. */
      readonly field?: string;
      /**
       * bin: little-endian elements in C order; npy: a file of NumPy; arrow: a stream of Apache Arrow; json:
       * shape, dtype and a flat list, also of texts, records and sequences; png: a picture.
       */
      readonly format?: 'bin' | 'npy' | 'arrow' | 'json' | 'png';
      /** Type to convert the elements to. */
      readonly as?:
        | 'bool'
        | 'int8'
        | 'uint8'
        | 'int16'
        | 'uint16'
        | 'int32'
        | 'uint32'
        | 'int64'
        | 'uint64'
        | 'float16'
        | 'float32'
        | 'float64';
      /** Treatment of values that `as` cannot represent. */
      readonly overflow?: 'error' | 'clamp' | 'wrap';
      /** cf applies scale, offset and missing values of the CF conventions. */
      readonly decode?: 'cf';
      /** Maximum number of elements of each plane of the last two dimensions. Larger planes are made smaller. */
      readonly maxPixels?: number;
      /** How planes are made smaller: one element per cell, or the mean, minimum or maximum of the cell. */
      readonly reduce?: 'nearest' | 'mean' | 'min' | 'max';
      /** Colours of a picture. */
      readonly colormap?: 'viridis' | 'magma' | 'inferno' | 'plasma' | 'cividis' | 'turbo' | 'rdbu' | 'gray';
      /**
       * Values of the first and the last colour of a picture: LOW,HIGH or only LOW, or ,HIGH. Default: the
       * lowest and the highest value that the scale can show.
       */
      readonly range?: string;
      /**
       * Scale of the colours of a picture. log shows no values of at most 0; symlog is logarithmic on both
       * sides of 0.
       */
      readonly scale?: 'linear' | 'log' | 'symlog';
      /** Name of this read, with which /api/v1/reads returns its statistics. */
      readonly id?: string;
    };
    readonly json:
      | {
          readonly dtype:
            | 'bool'
            | 'int8'
            | 'uint8'
            | 'int16'
            | 'uint16'
            | 'int32'
            | 'uint32'
            | 'int64'
            | 'uint64'
            | 'float16'
            | 'float32'
            | 'float64'
            | 'complex64'
            | 'complex128'
            | 'text';
          readonly shape: readonly number[];
          readonly data: readonly (number | string)[];
        }
      | {
          readonly dtype: 'record';
          readonly shape: readonly number[];
          readonly fields: readonly string[];
          readonly data: readonly (readonly unknown[])[];
        }
      | {
          readonly dtype: 'sequence';
          readonly shape: readonly number[];
          readonly data: readonly (readonly unknown[])[];
        };
  };
  /**
   * Read many selections of an array. Each chunk is decoded once for all selections of a part of the
   * reply.
   */
  readonly readMany: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
      /** Selection as in NumPy, such as 0:64,:,-1. Repeat the parameter for each selection. */
      readonly selection: readonly string[];
      /**
       * bin: elements of one selection after the other; npy: a file of NumPy with the shape [n,
       * ...selection], for selections of the same shape; json: dtype, and a list of objects with shape and
       * data.
       */
      readonly format?: 'bin' | 'npy' | 'json';
      /** Type to convert the elements to. */
      readonly as?:
        | 'bool'
        | 'int8'
        | 'uint8'
        | 'int16'
        | 'uint16'
        | 'int32'
        | 'uint32'
        | 'int64'
        | 'uint64'
        | 'float16'
        | 'float32'
        | 'float64';
      /** Treatment of values that `as` cannot represent. */
      readonly overflow?: 'error' | 'clamp' | 'wrap';
      /** cf applies scale, offset and missing values of the CF conventions. */
      readonly decode?: 'cf';
      /** Name of this read, with which /api/v1/reads returns its statistics. */
      readonly id?: string;
    };
    readonly json: {
      readonly dtype: string;
      readonly boxes: readonly { readonly shape: readonly number[]; readonly data: readonly (number | string)[] }[];
    };
  };
  /** Reduce a selection of an array to one number, or along dimensions. */
  readonly reduce: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
      /** Reduction. */
      readonly operation: 'count' | 'min' | 'max' | 'sum' | 'mean' | 'std';
      /** Selection as in NumPy, such as 0:64,:,-1. Default: all elements. */
      readonly selection?: string;
      /** Dimensions of the selection to reduce: positions or names with commas between them. Default: all. */
      readonly axis?: string;
      /** true keeps reduced dimensions with length 1. */
      readonly keepDims?: boolean;
      /** true leaves out NaN and missing elements. Default: true with `decode`, otherwise false. */
      readonly skipMissing?: boolean;
      /** For std: number that is subtracted from the number of elements in the divisor. */
      readonly ddof?: number;
      /**
       * bin: little-endian elements in C order; npy: a file of NumPy; json: shape, dtype, a flat list `data`
       * and, if missing elements are left out, a list `mask`, which is 1 where no element is left.
       */
      readonly format?: 'bin' | 'npy' | 'json';
      /** Type to convert the elements to. */
      readonly as?:
        | 'bool'
        | 'int8'
        | 'uint8'
        | 'int16'
        | 'uint16'
        | 'int32'
        | 'uint32'
        | 'int64'
        | 'uint64'
        | 'float16'
        | 'float32'
        | 'float64';
      /** Treatment of values that `as` cannot represent. */
      readonly overflow?: 'error' | 'clamp' | 'wrap';
      /** cf applies scale, offset and missing values of the CF conventions. */
      readonly decode?: 'cf';
      /** Name of this reduction, with which /api/v1/reads returns the statistics of its reads. */
      readonly id?: string;
    };
    readonly json: {
      readonly dtype: string;
      readonly shape: readonly number[];
      readonly data: readonly (number | string)[];
      readonly mask?: readonly number[];
    };
  };
  /** Predict the cost of a read. */
  readonly explain: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
      /** Selection as in NumPy, such as 0:64,:,-1. Default: all elements. */
      readonly selection?: string;
      /** Field of records, such as x or p.w. Default: the complete records. */
      readonly field?: string;
      /** Type to convert the elements to. */
      readonly as?:
        | 'bool'
        | 'int8'
        | 'uint8'
        | 'int16'
        | 'uint16'
        | 'int32'
        | 'uint32'
        | 'int64'
        | 'uint64'
        | 'float16'
        | 'float32'
        | 'float64';
    };
    readonly json: {
      readonly format: string;
      readonly shape: readonly number[];
      readonly bytesRequested: number;
      readonly bytesToRead: number;
      readonly files: number;
      readonly chunks: number;
      readonly chunksAbsent: number;
      readonly extents: number;
      readonly amplification: number;
      readonly engine: string;
      readonly engineReason: string;
      readonly codecs: readonly string[];
    };
  };
  /** List the chunks that a selection touches, at most 4096. */
  readonly chunks: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
      /** Selection as in NumPy, such as 0:64,:,-1. Default: all elements. */
      readonly selection?: string;
      /** Field of records, such as x or p.w. Default: the complete records. */
      readonly field?: string;
    };
    readonly json: {
      readonly chunks: readonly {
        readonly start: readonly number[];
        readonly stop: readonly number[];
        readonly isStored: boolean;
      }[];
      readonly hasMore: boolean;
    };
  };
  /** Describe an array, or list a group or directory. */
  readonly tree: {
    readonly query: {
      /** Path below the served directory. Default: the directory itself. */ readonly path?: string;
      /** Field of records, such as x or p.w. Default: the complete records. */
      readonly field?: string;
    };
    readonly json:
      | {
          readonly kind: 'array';
          readonly format: string;
          readonly name: string;
          readonly field: string | null;
          readonly dtype: string;
          readonly shape: readonly number[];
          readonly chunkShape: readonly number[];
          readonly fillValue: unknown;
          readonly dimensionNames: readonly (string | null)[] | null;
          readonly attributes: Readonly<Record<string, unknown>>;
          readonly fields: readonly { readonly name: string; readonly dtype: string }[];
        }
      | {
          readonly kind: 'group';
          readonly format: string;
          readonly name: string;
          readonly attributes: Readonly<Record<string, unknown>>;
          readonly children: readonly { readonly name: string; readonly kind: string }[];
        }
      | { readonly kind: 'directory'; readonly children: readonly { readonly name: string; readonly kind: string }[] }
      | {
          readonly kind: 'other';
          readonly name: string;
          readonly link: { readonly file: string | null; readonly path: string } | null;
        };
  };
  /**
   * Describe an array, group, datatype, link or directory completely: types, shapes, attributes and
   * members.
   */
  readonly describe: {
    readonly query: {
      /** Path below the served directory. Default: the directory itself. */ readonly path?: string;
    };
    readonly json:
      | {
          readonly kind: 'array';
          readonly name: string;
          readonly attributes: readonly {
            readonly name: string;
            readonly shape: readonly number[] | null;
            readonly type: ElementType;
            readonly value?: unknown;
          }[];
          readonly format: string;
          readonly shape: readonly number[] | null;
          readonly type: ElementType;
          readonly chunks: readonly number[] | null;
          readonly filters: readonly { readonly id: number | null; readonly name: string }[];
          readonly dimensionNames: readonly (string | null)[] | null;
          readonly link?: { readonly file: string | null; readonly path: string };
        }
      | {
          readonly kind: 'group';
          readonly name: string;
          readonly attributes: readonly {
            readonly name: string;
            readonly shape: readonly number[] | null;
            readonly type: ElementType;
            readonly value?: unknown;
          }[];
          readonly format: string;
          readonly members: readonly (
            | {
                readonly kind: 'array';
                readonly name: string;
                readonly attributes: readonly {
                  readonly name: string;
                  readonly shape: readonly number[] | null;
                  readonly type: ElementType;
                  readonly value?: unknown;
                }[];
                readonly format: string;
                readonly shape: readonly number[] | null;
                readonly type: ElementType;
                readonly chunks: readonly number[] | null;
                readonly filters: readonly { readonly id: number | null; readonly name: string }[];
                readonly dimensionNames: readonly (string | null)[] | null;
                readonly link?: { readonly file: string | null; readonly path: string };
              }
            | {
                readonly kind: 'group';
                readonly name: string;
                readonly attributes: readonly {
                  readonly name: string;
                  readonly shape: readonly number[] | null;
                  readonly type: ElementType;
                  readonly value?: unknown;
                }[];
                readonly format: string;
                readonly link?: { readonly file: string | null; readonly path: string };
              }
            | {
                readonly kind: 'datatype';
                readonly name: string;
                readonly attributes: readonly {
                  readonly name: string;
                  readonly shape: readonly number[] | null;
                  readonly type: ElementType;
                  readonly value?: unknown;
                }[];
                readonly type: ElementType;
                readonly link?: { readonly file: string | null; readonly path: string };
              }
            | {
                readonly kind: 'link';
                readonly name: string;
                readonly link: { readonly file: string | null; readonly path: string };
                readonly isDead: boolean;
              }
            | {
                readonly kind: 'other';
                readonly name: string;
                readonly link?: { readonly file: string | null; readonly path: string };
              }
          )[];
        }
      | {
          readonly kind: 'datatype';
          readonly name: string;
          readonly attributes: readonly {
            readonly name: string;
            readonly shape: readonly number[] | null;
            readonly type: ElementType;
            readonly value?: unknown;
          }[];
          readonly type: ElementType;
          readonly link?: { readonly file: string | null; readonly path: string };
        }
      | {
          readonly kind: 'link';
          readonly name: string;
          readonly link: { readonly file: string | null; readonly path: string };
          readonly isDead: boolean;
        }
      | { readonly kind: 'directory'; readonly members: readonly { readonly name: string; readonly kind: string }[] };
  };
  /** List the paths of the objects in a group or directory, at most 32 levels deep. */
  readonly paths: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
      /**
       * Text in the last component of the listed paths, or, if it has a slash, in the paths. Case does not
       * matter.
       */
      readonly contains?: string;
      /** Maximum number of paths. With it, a search ends after 5 seconds. */
      readonly limit?: number;
    };
    readonly json: { readonly paths: readonly string[]; readonly hasMore: boolean };
  };
  /** Describe how an array is stored. */
  readonly storage: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
    };
    readonly json: {
      readonly format: string;
      readonly chunkShape: readonly number[];
      readonly layers: readonly {
        readonly chunkShape: readonly number[];
        readonly dtype: string;
        readonly byteOrder: string;
        readonly axisOrder: readonly number[];
        readonly codecs: readonly string[];
      }[];
      readonly chunks: number;
      readonly chunksAbsent: number;
      readonly storedBytes: number;
      readonly files: number;
      readonly filesystem: { readonly type: string; readonly family: string; readonly readOnly: boolean };
      readonly notes: readonly unknown[];
    };
  };
  /** Compute minimum, maximum and mean of a selection. */
  readonly stats: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
      /** Selection as in NumPy, such as 0:64,:,-1. Default: all elements. */
      readonly selection?: string;
      /** cf applies the CF conventions. */
      readonly decode?: 'cf';
    };
    readonly json: {
      readonly elements: number;
      readonly nan: number;
      readonly min: number | string | null;
      readonly max: number | string | null;
      readonly mean: number | string | null;
    };
  };
  /** Return the statistics of a recent read. */
  readonly reads: {
    readonly query: {
      /** The `id` of a request to /api/v1/read. */ readonly id: string;
    };
    readonly json: {
      readonly bytesRequested: number;
      readonly bytesRead: number;
      readonly bytesCached: number;
      readonly chunks: number;
      readonly chunksAbsent: number;
      readonly chunksDecoded: number;
      readonly engine: string;
      readonly engineReason: string;
      readonly threads: number;
      readonly planMs: number;
      readonly waitMs: number;
      readonly decodeMs: number;
      readonly scatterMs: number;
      readonly elapsedMs: number;
    };
  };
  /** Report which parts of a file, or of the files of a selection, are in the page cache. */
  readonly residency: {
    readonly query: {
      /**
       * Path below the served directory. The path of an array in a file follows after a slash:
       * run.h5/ocean/temperature.
       */
      readonly path: string;
      /** Selection as in NumPy, such as 0:64,:,-1. Default: all elements. */
      readonly selection?: string;
      /** Field of records, such as x or p.w. Default: the complete records. */
      readonly field?: string;
    };
    readonly json: {
      readonly bytes: number | null;
      readonly cachedBytes: number | null;
      readonly dirtyBytes: number | null;
      readonly files: number | null;
      readonly hasMore: boolean;
      readonly map: readonly { readonly bytes: number; readonly cachedBytes: number | null }[];
    };
  };
}

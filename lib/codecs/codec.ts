/**
 * Codec specifications: what a format's metadata says about how chunks were encoded, in the form that the native side
 * understands. A chain lists the codecs in the order in which they were applied when writing; decoding goes
 * backwards.
 * @module
 */

/**
 * The ids of the codecs in the wire format. Parameters in brackets, all numbers.
 * Keep equal to `CodecId` in `native/codecs/codec.h`; a test compares the two.
 */
export const codecIds = {
  /** RFC 1950 stream. */
  zlib: 1,
  /** RFC 1952 stream (one or more members). */
  gzip: 2,
  /** One or more zstd frames, with or without a content size. */
  zstd: 3,
  /** A bare LZ4 block whose decoded size is known from the context. */
  lz4Block: 4,
  /** numcodecs' LZ4: u32 little-endian decoded size, then a block. */
  lz4Numcodecs: 5,
  /** HDF5 filter 32004: u64 BE total, u32 BE block size, blocks with u32 BE length. */
  lz4Hdf5: 6,
  /** A Blosc-1 frame. */
  blosc: 7,
  /** Byte planes: [element size]. A tail of length mod element size is copied. */
  shuffle: 8,
  /** HDF5 filter 32008: [element size, block size in elements or 0, compressor 0 none | 2 lz4 | 3 zstd]. */
  bitshuffleHdf5: 9,
  /** Payload, then HDF5's Fletcher-32 (either byte order accepted). */
  fletcher32: 10,
  /** Payload, then CRC-32C little-endian: [1 when the sum comes first; may be missing]. */
  crc32c: 11,
  /** HDF5 filter 4: [options mask, pixels per block, bits per pixel, pixels per scanline]. */
  szip: 12,
  /** HDF5 filter 5: [cd values...]. */
  nbit: 13,
  /** HDF5 filter 6: [cd values...]. */
  scaleOffset: 14,
  /** HDF5 filter 32000, LZF: []. */
  lzf: 15,
  bzip2: 16,
  /** Running sum: [stored dtype code, decoded dtype code, 1 when stored big-endian, 1 when decoded big-endian]. */
  delta: 17,
  /** x / scale + offset: [stored dtype code, decoded dtype code, stored big, decoded big, scale, offset]. */
  fixedScaleOffset: 18,
  /** numcodecs packbits: u8 pad count, then bits MSB first. */
  packbits: 19,
  /** Cast: [stored dtype code, decoded dtype code, stored big, decoded big]. */
  astype: 20,
  /**
   * A whole TileDB tile as it lies in the data file, with its own filter pipeline:
   * [tile format version, cell size in bytes, datatype code, number of filters, then per filter in pipeline order:
   * type, number of option bytes, each option byte as one number]. The version is the fragment's, the datatype code
   * TileDB's (the attribute's; 6 = u8 with cell size 1 for validity), the cell size covers all values of a cell. An
   * empty pipeline still needs this codec: unfiltered tiles are chunked too. See docs/formats/codecs.md.
   */
  tiledbTile: 21,
  /** xz / lzma streams. */
  lzma: 22,
  /** zlib's adler32 or crc32 around the payload (numcodecs): [0 crc32 | 1 adler32, 1 when the sum comes last]. */
  checksum32: 23,
  /** One that is known by name alone: [each byte of the name, UTF-8]. Refuses the chunks that went through it. */
  unsupported: 24,
} as const;

/** The name of a codec. */
export type CodecName = keyof typeof codecIds;

/** One codec and its parameters. */
export interface CodecSpec {
  readonly codec: CodecName;
  readonly params: readonly number[];
}

/** Codecs in the order in which they were applied when writing; empty for plain chunks. */
export type CodecChain = readonly CodecSpec[];

/** Bytes of the name of a codec that is not read, at most. */
const maxNameBytes = 200;

/** A stage for a codec that is not read, for chains whose chunks may have skipped it. @param what its name, for errors. */
export function unsupportedCodec(what: string): CodecSpec {
  return { codec: 'unsupported', params: [...new TextEncoder().encode(what).subarray(0, maxNameBytes)] };
}

/** The name of a codec for people. */
export function codecLabel({ codec, params }: CodecSpec): string {
  return codec === 'unsupported' ? new TextDecoder().decode(Uint8Array.from(params)) : codec;
}

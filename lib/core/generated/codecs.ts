/**
 * Codecs, by the number that stands for them in a chain.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** The number of each codec. Parameters, all numbers, are in brackets. */
export const codecIds = {
  /** RFC 1950 stream: []. */
  zlib: 1,
  /** RFC 1952 stream of one or more members: []. */
  gzip: 2,
  /** One or more zstd frames, with or without a content size: []. */
  zstd: 3,
  /** A bare LZ4 block whose decoded size is known from the context: []. */
  lz4Block: 4,
  /** Numcodecs' LZ4, u32 little-endian decoded size, then a block: []. */
  lz4Numcodecs: 5,
  /** HDF5 filter 32004: u64 BE total, u32 BE block size, blocks with u32 BE length: []. */
  lz4Hdf5: 6,
  /** A Blosc-1 frame: []. */
  blosc: 7,
  /** Byte planes, a tail of length mod element size is copied: [element size]. */
  shuffle: 8,
  /** HDF5 filter 32008: [element size, block size in elements or 0, compressor 0 none | 2 lz4 | 3 zstd]. */
  bitshuffleHdf5: 9,
  /** Payload, then HDF5's Fletcher-32 in either byte order: []. */
  fletcher32: 10,
  /** Payload, then CRC-32C little-endian: [1 if the sum comes first; may be missing]. */
  crc32c: 11,
  /** HDF5 filter 4: [options mask, pixels per block, bits per pixel, pixels per scanline]. */
  szip: 12,
  /** HDF5 filter 5: [cd values...]. */
  nbit: 13,
  /** HDF5 filter 6: [cd values...]. */
  scaleOffset: 14,
  /** HDF5 filter 32000, LZF: []. */
  lzf: 15,
  /** bzip2 streams: []. */
  bzip2: 16,
  /** Running sum: [stored dtype, decoded dtype, 1 if stored big-endian, 1 if decoded big-endian]. */
  delta: 17,
  /** x / scale + offset: [the four of delta, scale, offset]. */
  fixedScaleOffset: 18,
  /** Numcodecs packbits, u8 pad count, then bits, most significant first: []. */
  packbits: 19,
  /** Cast: [the four of delta]. */
  astype: 20,
  /**
   * A whole TileDB tile with its filter pipeline: [format version, cell size in bytes, datatype, number of filters,
   * then per filter its type, number of option bytes, each option byte].
   */
  tiledbTile: 21,
  /** Xz or lzma streams: []. */
  lzma: 22,
  /** Zlib's sums around the payload: [0 crc32 | 1 adler32, 1 if the sum comes last]. */
  checksum32: 23,
  /** Known by name only; decoding a chunk with it fails: [each byte of the name, UTF-8]. */
  unsupported: 24,
} as const;

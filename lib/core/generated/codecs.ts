/**
 * Codecs and the numbers that identify them in a chain.
 * Generated from scripts/words/words.mjs by `npm run generate`: change that file instead.
 * @module
 */

/** The number of each codec. Parameters, all numbers, are in brackets. */
export const codecIds = {
  /** RFC 1950 stream: [level of the encoder; optional]. */
  zlib: 1,
  /** RFC 1952 stream of one or more members: [level of the encoder; optional]. */
  gzip: 2,
  /**
   * One or more zstd frames, with or without a content size: [level of the encoder, 1 if it adds checksums; optional].
   */
  zstd: 3,
  /** One LZ4 block without its decoded size: []. */
  lz4Block: 4,
  /** LZ4 as numcodecs stores it (little-endian u32 decoded size, then one block): []. */
  lz4Numcodecs: 5,
  /** HDF5 filter 32004: [] (big-endian u64 total size and u32 block size, then blocks with big-endian u32 lengths). */
  lz4Hdf5: 6,
  /**
   * A Blosc-1 frame: [inner codec 0 blosclz | 1 lz4 | 2 snappy | 3 zlib | 4 zstd, level, shuffle 0 none | 1 bytes | 2
   * bits, element size, block size or 0 of the encoder; optional].
   */
  blosc: 7,
  /** Byte planes; trailing bytes that do not fill an element are copied: [element size]. */
  shuffle: 8,
  /** HDF5 filter 32008: [element size, block size in elements or 0, compressor 0 none | 2 lz4 | 3 zstd]. */
  bitshuffleHdf5: 9,
  /** Payload, then HDF5's Fletcher-32 in either byte order: []. */
  fletcher32: 10,
  /** Payload, then CRC-32C little-endian: [1 if the sum comes first; optional]. */
  crc32c: 11,
  /** HDF5 filter 4: [options mask, pixels per block, bits per pixel, pixels per scanline]. */
  szip: 12,
  /** HDF5 filter 5: [client data values of the filter message...]. */
  nbit: 13,
  /** HDF5 filter 6: [client data values of the filter message...]. */
  scaleOffset: 14,
  /** HDF5 filter 32000, LZF: []. */
  lzf: 15,
  /** bzip2 streams: []. */
  bzip2: 16,
  /** Running sum: [stored dtype, decoded dtype, 1 if stored big-endian, 1 if decoded big-endian]. */
  delta: 17,
  /** x / scale + offset: [the four parameters of delta, scale, offset]. */
  fixedScaleOffset: 18,
  /** Packbits as numcodecs stores it (u8 number of padding bits, then bits, most significant first): []. */
  packbits: 19,
  /** Cast: [the four parameters of delta]. */
  astype: 20,
  /**
   * A whole TileDB tile with its filter pipeline: [format version, cell size in bytes, datatype, number of filters,
   * then per filter its type, number of option bytes, each option byte].
   */
  tiledbTile: 21,
  /** Xz or lzma streams: []. */
  lzma: 22,
  /** Checksum of zlib before or after the payload: [0 crc32 | 1 adler32, 1 if the sum comes last]. */
  checksum32: 23,
  /** Unsupported codec; decoding a chunk with it is an error: [each byte of its name, UTF-8]. */
  unsupported: 24,
  /** A piece of a deflate stream with an index of restart points: []. */
  deflatePiece: 25,
  /**
   * Integers in some bits of an element: [stored bytes, 1 if big-endian, lowest bit, number of bits, 1 if signed,
   * decoded bytes].
   */
  smallInteger: 26,
  /**
   * Floats with unusual bits: [stored bytes, 1 if big-endian, bit of the sign, lowest bit and size of the exponent,
   * lowest bit and size of the mantissa, bias, special values 0 IEEE | 1 all ones is NaN | 2 negative zero is NaN | 3
   * none, decoded bytes].
   */
  smallFloat: 27,
  /** RFC 1951 stream without a wrapper, as in zip archives: []. */
  deflateRaw: 28,
  /** Payload of any size; a decoded chunk is its u64 size, the payload and unspecified bytes: []. */
  counted: 29,
  /** Stream of LZ4 blocks as lz4-java's LZ4BlockOutputStream writes it: []. */
  lz4Java: 30,
  /**
   * A block of N5 with its header: [element size, rank, block shape as in the header, number of its codec or 0 for
   * none, parameters of that codec...].
   */
  n5Block: 31,
  /** A contiguous frame of Blosc2 with one chunk, as HDF5 filter 32026 stores it: []. */
  blosc2: 32,
  /**
   * A stream of zfp: [] with a header, [0, words of the header...] without one, or [1, decoded dtype, minbits, maxbits,
   * maxprec, minexp + 16495, sizes, the fastest dimension first...].
   */
  zfp: 33,
  /** A stream of pcodec in its standalone format: []. */
  pcodec: 34,
} as const;

/**
 * Checks the option `codecs` of a new Zarr array and returns the metadata of these codecs.
 * @module
 */
import { expected, Fields, isRecord } from '../../../core/validate.js';
import { deflateLevels, zstdLevels } from '../../codecs/encoder-levels.js';

/** A codec of a new array: its name and its settings, which have defaults. */
export interface NewCodec {
  readonly name: 'zstd' | 'gzip' | 'zlib' | 'blosc' | 'lz4' | 'crc32c' | 'shuffle';
  /** zstd (default 3), gzip and zlib (default 6): compression level. */
  readonly level?: number;
  /** zstd: true to add a checksum to each frame. Default false. */
  readonly checksum?: boolean;
  /** blosc: inner codec. Default `lz4`. */
  readonly cname?: 'lz4' | 'zlib' | 'zstd';
  /** blosc: compression level. Default 5. */
  readonly clevel?: number;
  /** blosc: shuffle before compression. Default `shuffle`. */
  readonly shuffle?: 'noshuffle' | 'shuffle' | 'bitshuffle';
  /** blosc: size of a block in bytes. Default 0: chosen by the encoder. */
  readonly blocksize?: number;
}

/** Metadata of a codec in both versions of Zarr. */
interface CodecMetadata {
  readonly v3: Readonly<Record<string, unknown>> | null;
  readonly v2: Readonly<Record<string, unknown>> | null;
}

const shuffles = ['noshuffle', 'shuffle', 'bitshuffle'] as const;

type Describe = (fields: Fields, elementBytes: number) => CodecMetadata;

const deflate =
  (name: 'gzip' | 'zlib'): Describe =>
  (fields) => {
    fields.onlyKnown(['name', 'level'], `the codec ${name}`);
    const level = fields.integer('level', deflateLevels[0], 6, deflateLevels[1]);
    return { v3: name === 'gzip' ? { name, configuration: { level } } : null, v2: { id: name, level } };
  };

const describe: Readonly<Record<NewCodec['name'], Describe>> = {
  gzip: deflate('gzip'),
  zlib: deflate('zlib'),
  zstd: (fields) => {
    fields.onlyKnown(['name', 'level', 'checksum'], 'the codec zstd');
    const level = fields.integer('level', zstdLevels[0], 3, zstdLevels[1]);
    const checksum = fields.raw('checksum') ?? false;
    if (typeof checksum !== 'boolean') throw fields.error('true or false', 'checksum');
    return { v3: { name: 'zstd', configuration: { level, checksum } }, v2: { id: 'zstd', level } };
  },
  crc32c: (fields) => {
    fields.onlyKnown(['name'], 'the codec crc32c');
    return { v3: { name: 'crc32c' }, v2: { id: 'crc32c' } };
  },
  lz4: (fields) => {
    fields.onlyKnown(['name'], 'the codec lz4');
    return { v3: null, v2: { id: 'lz4', acceleration: 1 } };
  },
  shuffle: (fields, elementBytes) => {
    fields.onlyKnown(['name'], 'the codec shuffle');
    return { v3: null, v2: { id: 'shuffle', elementsize: elementBytes } };
  },
  blosc: (fields, elementBytes) => {
    fields.onlyKnown(['name', 'cname', 'clevel', 'shuffle', 'blocksize'], 'the codec blosc');
    const cname = fields.oneOf('cname', ['lz4', 'zlib', 'zstd'], 'lz4');
    const clevel = fields.integer('clevel', 0, 5, 9);
    const shuffle = fields.oneOf('shuffle', shuffles, 'shuffle');
    const blocksize = fields.integer('blocksize', 0, 0, 2 ** 30);
    const typesize = Math.min(elementBytes, 255);
    return {
      v3: { name: 'blosc', configuration: { typesize, cname, clevel, shuffle, blocksize } },
      v2: { id: 'blosc', cname, clevel, shuffle: shuffles.indexOf(shuffle), blocksize },
    };
  },
};

/** Codecs of a new array if the option `codecs` is not given. */
const defaultCodecs: readonly NewCodec[] = [{ name: 'zstd' }];

/**
 * Returns the metadata of the codecs in the option `codecs`, in the order of encoding.
 * @param version version of the Zarr format.
 * @throws {TypeError} naming the codec or setting that is invalid.
 */
export function codecMetadata(
  given: unknown,
  version: 2 | 3,
  elementBytes: number,
): readonly Readonly<Record<string, unknown>>[] {
  const list: unknown = given ?? defaultCodecs;
  if (!Array.isArray(list) || list.length > 16) throw expected('a list of at most 16 codecs', 'options.codecs', given);
  return list.map((codec: unknown) => {
    const name = isRecord(codec) ? codec['name'] : undefined;
    const known = Object.entries(describe).filter(
      ([, make]) => make(Fields.ofOptions({}), elementBytes)[`v${version}`] !== null,
    );
    const found = known.find(([candidate]) => candidate === name);
    if (found === undefined || !isRecord(codec)) {
      const names = known.map(([candidate]) => candidate).join(', ');
      throw expected(`a codec of Zarr v${version}: { name: ${names} }`, 'options.codecs', name ?? codec);
    }
    const metadata = found[1](Fields.ofOptions(codec), elementBytes)[`v${version}`];
    return metadata ?? {};
  });
}

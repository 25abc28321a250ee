/**
 * HDF5's filter pipeline as a chain of this library's codecs.
 * @module
 */
import { type CodecChain, type CodecName, type CodecSpec, unsupportedCodec } from '../../codecs/codec.js';
import { UnsupportedError } from '../../core/errors.js';
import type { FilterInfo } from './messages/pipeline.js';

type Mapping = (values: readonly number[], elementSize: number) => readonly number[] | null;

interface Filter {
  readonly codec: CodecName;
  readonly params: Mapping;
}

const none: Mapping = () => [];
const all: Mapping = (values) => values;

/** Parameters of the scale-offset filter; drafts of it had fewer, and the library does not read those either. */
const scaleOffsetValues = 20;

/** Per filter id, its codec and how its parameters follow from the client data; null where they make no sense. */
const filters: ReadonlyMap<number, Filter> = new Map<number, Filter>([
  [1, { codec: 'zlib', params: none }],
  [2, { codec: 'shuffle', params: (values, elementSize) => [values[0] ?? elementSize] }],
  [3, { codec: 'fletcher32', params: none }],
  [4, { codec: 'szip', params: (values) => (values.length < 4 ? null : values.slice(0, 4)) }],
  [5, { codec: 'nbit', params: all }],
  [6, { codec: 'scaleOffset', params: (values) => (values.length === scaleOffsetValues ? values : null) }],
  [307, { codec: 'bzip2', params: none }],
  [32000, { codec: 'lzf', params: none }],
  [32001, { codec: 'blosc', params: none }],
  [32004, { codec: 'lz4Hdf5', params: none }],
  // The client data is: library version (2 values), element size, block size, compressor, level.
  [
    32008,
    {
      codec: 'bitshuffleHdf5',
      params: (values, elementSize) => [values[2] ?? elementSize, values[3] ?? 0, values[4] ?? 0],
    },
  ],
  [32015, { codec: 'zstd', params: none }],
]);

/** Names of registered filters that are not read, for errors. Source: the HDF Group's list of registered filters. */
const otherNames: ReadonlyMap<number, string> = new Map([
  [305, 'LZO'],
  [32002, 'MAFISC'],
  [32003, 'Snappy'],
  [32005, 'APAX'],
  [32006, 'CBF'],
  [32007, 'JPEG-XR'],
  [32009, 'SPDP'],
  [32010, 'LPC-Rice'],
  [32011, 'CCSDS-123'],
  [32012, 'JPEG-LS'],
  [32013, 'ZFP'],
  [32014, 'FPZIP'],
  [32016, 'B3D'],
  [32017, 'SZ'],
  [32018, 'FCIDECOMP'],
  [32019, 'JPEG'],
  [32020, 'VBZ'],
  [32021, 'FAPEC'],
  [32022, 'BitGroom'],
  [32023, 'GBR'],
  [32024, 'SZ3'],
  [32025, 'Delta-Rice'],
  [32026, 'Blosc2'],
  [32027, 'FLAC'],
  [32028, 'SPERR'],
]);

/**
 * The codecs of a pipeline, one a filter and in the same order, so that bits of a chunk's filter mask mean the same.
 * @param elementSize bytes of one element, for filters that do not say.
 * An optional filter that is not read becomes a stage that refuses only the chunks that went through it.
 * @throws {UnsupportedError} naming the first other filter that is not read.
 */
export function codecChain(pipeline: readonly FilterInfo[], elementSize: number, path: string): CodecChain {
  return pipeline.map(({ id, name, isOptional, values }): CodecSpec => {
    const filter = filters.get(id);
    const params = filter?.params(values, elementSize);
    if (filter === undefined || params === null || params === undefined) {
      const known = filter === undefined ? '' : ` with parameters [${values.join(', ')}]`;
      const what = `HDF5 filter ${id} (${name || (otherNames.get(id) ?? filter?.codec ?? 'unknown')})${known}`;
      if (isOptional) return unsupportedCodec(what);
      throw new UnsupportedError(what, path);
    }
    return { codec: filter.codec, params };
  });
}

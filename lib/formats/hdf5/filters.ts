/**
 * Translates the HDF5 filter pipeline into a codec chain.
 * @module
 */
import { type CodecChain, type CodecSpec, unsupportedCodec } from '../../codecs/codec.js';
import { UnsupportedError } from '../../core/errors.js';
import { hdf5Filters } from '../codecs/table.js';
import type { FilterInfo } from '../hdf5-facts.js';

/**
 * Names of registered filters that are not supported, for errors. Source: the HDF Group's list of registered filters.
 */
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
  [32027, 'FLAC'],
  [32028, 'SPERR'],
]);

/**
 * Returns the codecs of a pipeline: one per filter and in the same order, so that each bit of a chunk's filter mask
 * still refers to its filter. An unsupported filter that is optional becomes a codec that fails only for chunks that
 * were stored with it.
 * @param elementSize bytes of one element, for filters whose parameters do not contain it.
 * @throws {UnsupportedError} naming the first unsupported filter that is not optional.
 */
export function codecChain(pipeline: readonly FilterInfo[], elementSize: number, path: string): CodecChain {
  return pipeline.map(({ id, name, isOptional, values }): CodecSpec => {
    const filter = hdf5Filters.get(String(id));
    const params = filter?.params(values, elementSize);
    if (filter === undefined || params === null || params === undefined) {
      const known = filter === undefined ? '' : ` with parameters [${values.join(', ')}]`;
      const what = `HDF5 filter ${id} (${name || (otherNames.get(id) ?? filter?.codec ?? 'unknown')})${known}`;
      if (isOptional) return unsupportedCodec(what);
      throw new UnsupportedError(what, path, 'Write the file with another filter: h5repack -f GZIP=4 in.h5 out.h5');
    }
    return { codec: filter.codec, params };
  });
}

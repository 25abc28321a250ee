/**
 * Compiles and calls the programs that the runner needs: baselines, page cache control, data sets and expected
 * checksums.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { benchmarks, cache, python } from './places.mjs';

const compileFlags = ['-std=c++20', '-O3', '-Wall', '-Wextra', '-pthread'];
const libraries = ['-ldeflate', '-lzstd', '-llz4'];

/** Compiles `source` if it or a header changed; returns the path of the program. */
export function compiled(source) {
  const program = join(cache, 'bin', basename(source, '.cc'));
  const inputs = [source, 'common.h', 'unshuffle.h', 'blosc.h'].map((name) =>
    name === source ? name : join(benchmarks, 'baselines', name),
  );
  const isFresh = existsSync(program) && inputs.every((path) => statSync(path).mtimeMs < statSync(program).mtimeMs);
  if (!isFresh) {
    mkdirSync(join(cache, 'bin'), { recursive: true });
    const partial = `${program}.${process.pid}`;
    execFileSync(process.env.CXX ?? 'g++', [...compileFlags, source, '-o', partial, ...libraries], {
      stdio: 'inherit',
    });
    renameSync(partial, program);
  }
  return program;
}

/** Warms, drops or measures the page cache of files; returns `{bytes, cachedBytes}`. */
export function pageCache(what, paths) {
  const program = compiled(join(benchmarks, 'baselines', 'pagecache.cc'));
  return JSON.parse(execFileSync(program, [what, ...paths], { encoding: 'utf8' }));
}

/** Touches `bytes` of memory and frees it. */
export function touchMemory(bytes) {
  execFileSync(compiled(join(benchmarks, 'baselines', 'touch.cc')), [String(bytes)]);
}

/** Writes the data sets that are missing. Returns the paths of all data sets in `names`. */
export function makeData(names) {
  const missing = names.filter((name) => !existsSync(join(cache, name)));
  if (missing.length > 0) {
    execFileSync(python, [join(benchmarks, 'data', 'make.py'), cache, ...missing], { stdio: 'inherit' });
  }
  return names.map((name) => join(cache, name));
}

/**
 * Returns the checksum of `selections` of a data set. NumPy or h5py reads the data; the checksum is cached on disk.
 * @param shape shape to which the elements are reshaped, or null
 * @param {'elements' | 'mean'} of what the contenders compute: the elements, or the mean of the whole array
 */
export function expectedChecksum(path, selections, shape, of = 'elements') {
  const more = [...(shape === null ? [] : [shape]), ...(of === 'elements' ? [] : [of])];
  const question = JSON.stringify([basename(path), selections, ...more]);
  const kept = join(cache, 'expected', createHash('sha256').update(question).digest('hex'));
  if (!existsSync(kept) || statSync(kept).mtimeMs < statSync(path).mtimeMs) {
    mkdirSync(join(cache, 'expected'), { recursive: true });
    const program = join(benchmarks, 'data', 'expect.py');
    const args = [program, path, of, ...(shape ?? []).map(String)];
    const text = execFileSync(python, args, { input: JSON.stringify(selections), encoding: 'utf8' });
    writeFileSync(kept, text.trim());
  }
  return readFileSync(kept, 'utf8');
}

/** Programs that the runner compiles or calls: baselines, the page cache, data sets, the expected checksums. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { benchmarks, cache, python } from './places.mjs';

const compileFlags = ['-std=c++20', '-O3', '-Wall', '-Wextra', '-pthread'];
const libraries = ['-ldeflate', '-lzstd', '-llz4'];

/** Compiles `source` when it or a header is newer; the path of the program. */
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

/** Brings files into the cache or out of it, or asks: `{bytes, cachedBytes}`. */
export function pageCache(what, paths) {
  const program = compiled(join(benchmarks, 'baselines', 'pagecache.cc'));
  return JSON.parse(execFileSync(program, [what, ...paths], { encoding: 'utf8' }));
}

/** Touches `bytes` of memory and gives it back. */
export function touchMemory(bytes) {
  execFileSync(compiled(join(benchmarks, 'baselines', 'touch.cc')), [String(bytes)]);
}

/** Writes the data sets that are missing; their paths. */
export function makeData(names) {
  const missing = names.filter((name) => !existsSync(join(cache, name)));
  if (missing.length > 0) {
    execFileSync(python, [join(benchmarks, 'data', 'make.py'), cache, ...missing], { stdio: 'inherit' });
  }
  return names.map((name) => join(cache, name));
}

/**
 * The checksum of `selections` of a data set by the reference library; kept between runs.
 * @param shape what the elements of the data set are taken for, or null: what they are
 */
export function expectedChecksum(path, selections, shape) {
  const question = JSON.stringify([basename(path), selections, ...(shape === null ? [] : [shape])]);
  const kept = join(cache, 'expected', createHash('sha256').update(question).digest('hex'));
  if (!existsSync(kept) || statSync(kept).mtimeMs < statSync(path).mtimeMs) {
    mkdirSync(join(cache, 'expected'), { recursive: true });
    const program = join(benchmarks, 'data', 'expect.py');
    const args = [program, path, ...(shape ?? []).map(String)];
    const text = execFileSync(python, args, { input: JSON.stringify(selections), encoding: 'utf8' });
    writeFileSync(kept, text.trim());
  }
  return readFileSync(kept, 'utf8');
}

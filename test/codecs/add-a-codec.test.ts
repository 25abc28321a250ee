/** Follows the steps of docs/contributing/add-a-codec.md in a copy of the sources. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { codecIds } from '../../lib/core/generated/codecs.js';
import { codeBlocks } from '../support/markdown.js';
import { TemporaryDirectory } from '../support/temporary.js';

const root = join(import.meta.dirname, '../..');
const copy = new TemporaryDirectory();
const page = readFileSync(join(root, 'docs/contributing/add-a-codec.md'), 'utf8');

/** Appends `line` to the list that starts with `head`. */
function appendToList(path: string, head: string, line: string): void {
  const text = readFileSync(copy.at(path), 'utf8');
  const end = text.indexOf('\n];', text.indexOf(head));
  expect(end, `${head} in ${path}`).toBeGreaterThan(0);
  writeFileSync(copy.at(path), `${text.slice(0, end)}\n${line}${text.slice(end)}`);
}

beforeAll(() => {
  for (const folder of ['lib', 'native', 'scripts/words', 'scripts/build/sources', 'package.json']) {
    cpSync(join(root, folder), copy.at(folder), { recursive: true });
  }
  const steps = new Map(codeBlocks(page).map(({ mark, code }) => [mark, code]));
  expect([...steps.keys()]).toEqual([
    'scripts/words/words.mjs',
    'native/codecs/xor_byte.cc',
    'lib/formats/codecs/xor-byte.ts',
    'lib/formats/codecs/table.ts',
  ]);
  for (const path of ['native/codecs/xor_byte.cc', 'lib/formats/codecs/xor-byte.ts']) {
    writeFileSync(copy.at(path), `${steps.get(path)}\n`);
  }
  appendToList('scripts/words/words.mjs', 'export const codecs = [', steps.get('scripts/words/words.mjs') ?? '');
  const table = 'lib/formats/codecs/table.ts';
  appendToList(table, 'const definitions', steps.get(table) ?? '');
  writeFileSync(copy.at(table), `import { xorByte } from './xor-byte.js';\n${readFileSync(copy.at(table), 'utf8')}`);
  execFileSync(process.execPath, [copy.at('scripts/words/generate.mjs')]);
  execFileSync(copy.at('scripts/build/sources'));
});

describe('a codec added by the documented steps', () => {
  test('is compiled by both build systems', () => {
    expect(readFileSync(copy.at('native/sources.txt'), 'utf8')).toContain('native/codecs/xor_byte.cc\n');
  });

  test('is in the codec chain of a Zarr array that names it', async () => {
    const contents = `
      import { codecIds } from './lib/core/generated/codecs.js';
      import { parseNumcodecs } from './lib/formats/zarr/numcodecs.js';
      const place = { path: 'a/.zarray', field: 'compressor' };
      export const { spec } = parseNumcodecs('xor_byte', { id: 'xor_byte', key: 90 }, place, null);
      export const id = codecIds[spec.codec];
      export const refuse = () => parseNumcodecs('xor_byte', { key: 256 }, place, null);`;
    const outfile = copy.at('chain.mjs');
    await build({ stdin: { contents, resolveDir: copy.path }, outfile, bundle: true, format: 'esm', platform: 'node' });
    const { spec, id, refuse } = await import(pathToFileURL(outfile).href);
    expect(spec).toEqual({ codec: 'xorByte', params: [90] });
    const number = Number(/\['xorByte', (\d+)/.exec(page)?.[1]);
    expect(id).toBe(number);
    const used = Object.values(codecIds);
    expect(used).not.toContain(number);
    expect(used).toContain(number - 1);
    expect(refuse).toThrow(/compressor\.key/);
  });

  test('decodes data and checks its parameters', () => {
    // Compiles only the unchanged registry and the new file. Other codecs are stubs.
    const program = `
#include <array>
#include <cstdio>
#include "native/codecs/registry.h"
namespace posixpar::codecs {
#define STUB(name) __attribute__((weak)) Result<DecoderPtr> make_##name(Params) { return unsupported_error(#name, "a stub"); }
POSIXPAR_FOR_EACH_CODEC(STUB)
// The only codec whose parameter is an object.
__attribute__((weak)) Result<DecoderPtr> make_deflate_piece(std::shared_ptr<const DeflateSource>) {
  return unsupported_error("deflate_piece", "a stub");
}
}
int main() {
  using namespace posixpar;
  const auto decoder = codecs::make_decoder({CodecId::xor_byte, {90}});
  const std::array<std::byte, 3> stored{std::byte{90}, std::byte{91}, std::byte{165}};
  std::array<std::byte, 3> out{};
  CodecScratch scratch;
  const auto done = (*decoder)->decode(codecs::Step{.in = stored, .out = out, .needed = {0, 3}, .scratch = scratch});
  const bool refused = !codecs::make_decoder({CodecId::xor_byte, {256}}).ok();
  std::printf("%d %d %d %d %d", done.ok(), int(out[0]), int(out[1]), int(out[2]), refused);
}
`;
    copy.write('main.cc', program);
    const sources = ['main.cc', 'native/codecs/registry.cc', 'native/codecs/xor_byte.cc'];
    const [compiler = 'g++', ...flags] = (process.env['CXX'] ?? 'g++').split(' ');
    const options = [...flags, '-std=c++20', '-Wall', '-Wextra', '-Werror', '-I.', ...sources, '-o', 'program'];
    execFileSync(compiler, options, { cwd: copy.path });
    expect(execFileSync(copy.at('program'), { encoding: 'utf8' })).toBe('1 0 1 255 1');
  });
});

// Uses readelf to check the binaries that `npm run prebuild` has built. It can also read binaries for other machines.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isCurrent } from '../scripts/release/prebuild/state.mjs';
import { prebuiltPath, targets } from '../scripts/release/prebuild/targets.mjs';

const root = join(import.meta.dirname, '..');

function readelf(options: readonly string[], path: string): string {
  return execFileSync('readelf', ['--wide', ...options, path], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
}

/** Returns the dynamic symbols that the file imports and exports. */
function dynamicSymbols(path: string) {
  const rows = readelf(['--dyn-syms'], path)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => /^\d+:$/.test(fields[0] ?? '') && fields[7] !== undefined)
    .map((fields) => ({ isTaken: fields[6] === 'UND', name: fields[7] ?? '' }));
  const names = (isTaken: boolean) => rows.filter((row) => row.isTaken === isTaken).map(({ name }) => name);
  return { taken: names(true), given: names(false) };
}

/** Compares versions such as 2.28 and 2.3.4. */
function isAtMost(version: string, limit: string): boolean {
  const [a, b] = [version, limit].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

describe.each(targets)('the prebuilt binary of $name', (target) => {
  const path = join(root, prebuiltPath(target));
  // `npm test` builds the binary for x64 with glibc; `npm run prebuild` builds all of them.
  describe.skipIf(!isCurrent(target))(
    isCurrent(target) ? 'is there and' : 'was not made here from these sources: npm run prebuild',
    () => {
      it('is for its processor architecture, without newer instructions', () => {
        const machine = target.arch === 'arm64' ? 'AArch64' : 'Advanced Micro Devices X86-64';
        expect(readelf(['-h'], path)).toContain(machine);
        expect(readelf(['-n'], path)).not.toMatch(/x86 ISA needed:.*x86-64-v[234]/);
      });

      it('needs only the C library, its parts and the loader', () => {
        const needed = [...readelf(['-d'], path).matchAll(/NEEDED.*\[(.*)\]/g)].map((match) => match[1] ?? '');
        expect(needed.length).toBeGreaterThan(0);
        expect(needed.filter((name) => !target.needed.test(name))).toEqual([]);
        expect(readelf(['-d'], path)).not.toMatch(/RPATH|RUNPATH/);
      });

      it(`requires no version above the minimum: glibc ${target.glibc ?? 'not at all'}, and no C++ library`, () => {
        const versions = [...readelf(['-V'], path).matchAll(/\b([A-Z]+)_(\d[\d.]*)/g)];
        expect(versions.filter(([, library]) => library !== 'GLIBC').map(([text]) => text)).toEqual([]);
        const limit = target.glibc;
        if (limit === undefined) expect(versions).toEqual([]);
        else {
          expect(versions.length).toBeGreaterThan(0);
          expect(versions.filter(([, , version]) => !isAtMost(version ?? '', limit)).map(([text]) => text)).toEqual([]);
        }
      });

      it('exports the two symbols that Node looks up, and none of a codec or of C++', () => {
        expect(dynamicSymbols(path).given.sort()).toEqual([
          'napi_register_module_v1',
          'node_api_module_get_api_version_v1',
        ]);
      });

      it('imports symbols only from Node-API and the C library', () => {
        const { taken } = dynamicSymbols(path);
        expect(taken.filter((name) => name.startsWith('napi_')).length).toBeGreaterThan(20);
        // musl has no symbol versions, so a function of a codec or of C++ would look like one of the C library.
        const foreign = /^(_Z|__cxa_throw|__gxx|ZSTD|LZ4|lzma|libdeflate|aec_|vector_|io_uring)/;
        expect(taken.filter((name) => foreign.test(name))).toEqual([]);
        const unversioned = taken.filter((name) => !name.startsWith('napi_') && !name.includes('@'));
        if (target.libc === 'glibc') expect(unversioned).toEqual([]);
      });

      it('is never unmapped, is bound at load time, and is smaller than 4 MB', () => {
        expect(readelf(['-d'], path)).toMatch(/FLAGS_1.*NOW.*NODELETE/);
        expect(readelf(['-l'], path)).toContain('GNU_RELRO');
        expect(statSync(path).size).toBeLessThan(4_000_000);
      });

      it('contains no path of the build machine', () => {
        const strings = execFileSync('strings', [path], { encoding: 'utf8', maxBuffer: 1 << 26 });
        expect(strings.split('\n').filter((text) => text.includes(root) || text.includes('.cache/prebuild'))).toEqual(
          [],
        );
      });
    },
  );
});

describe('comparing versions', () => {
  it('compares numbers, not text', () => {
    expect([
      isAtMost('2.2.5', '2.28'),
      isAtMost('2.28', '2.28'),
      isAtMost('2.29', '2.28'),
      isAtMost('2.4', '2.28'),
    ]).toEqual([true, true, false, true]);
  });
});

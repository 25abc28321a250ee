import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libcOf, packageFolders, placesIn } from '../../../lib/native/locate.js';

const root = join(import.meta.dirname, '../../..');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'posix-par-locate-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the places of the addon', () => {
  it("are a build of one's own, then the binary of the platform, processor and C library", () => {
    expect(placesIn('/p', { platform: 'linux', arch: 'arm64', libc: 'musl' })).toEqual([
      '/p/build/Release/posixpar.node',
      '/p/build/Debug/posixpar.node',
      '/p/prebuilds/linux-arm64/posix-par.musl.node',
    ]);
    expect(placesIn('/p', { platform: 'darwin', arch: 'arm64', libc: 'glibc' })[2]).toBe(
      '/p/prebuilds/darwin-arm64/posix-par.node',
    );
  });

  it('are looked for above the module, beside a bundle, and in node_modules beside a bundle', () => {
    const installed = join(folder, 'app/node_modules/posix-par');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'package.json'), '{"name": "posix-par", "version": "0.0.0"}');
    expect(packageFolders(join(folder, 'app/out/bundle.js'))).toEqual([folder, join(folder, 'app/out'), installed]);
    expect(packageFolders('/nowhere/a/b/c.js')).toEqual(['/nowhere', '/nowhere/a/b']);
  });
});

describe('the C library of a program', () => {
  it('is told by the loader that it names', () => {
    const program = (loader: string) => {
      const path = join(folder, 'program');
      writeFileSync(path, Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(700), Buffer.from(`${loader}\0`)]));
      return path;
    };
    expect(libcOf(program('/lib/ld-musl-x86_64.so.1'))).toBe('musl');
    expect(libcOf(program('/lib64/ld-linux-x86-64.so.2'))).toBe('glibc');
    expect(libcOf(join(folder, 'absent'))).toBe('glibc');
  });

  it('is what ldd says of this Node', () => {
    const ldd = spawnSync('ldd', [process.execPath], { encoding: 'utf8' });
    expect(libcOf()).toBe(ldd.stdout.includes('ld-musl-') ? 'musl' : 'glibc');
  });
});

describe('the loader', () => {
  /** What the compiled loader does in a package of its own without addon. */
  function load(env: Readonly<Record<string, string>>): string {
    const dist = join(folder, 'package/dist/native');
    mkdirSync(dist, { recursive: true });
    writeFileSync(join(folder, 'package/package.json'), '{"type": "module"}');
    for (const name of ['binding.js', 'locate.js', 'binding-types.js', 'storage-types.js']) {
      if (existsSync(join(root, 'dist/native', name))) copyFileSync(join(root, 'dist/native', name), join(dist, name));
    }
    const program = `const { binding } = await import(${JSON.stringify(pathToFileURL(join(dist, 'binding.js')))});
      try { console.log(Object.keys(binding()).length > 5 ? 'loaded' : 'empty'); } catch (error) { console.log(error.message); }`;
    const others = Object.entries(process.env).filter(([name]) => name !== 'POSIX_PAR_BINDING');
    return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: { ...Object.fromEntries(others), ...env },
    });
  }

  it('says for what it looked, each place with the reason, and what to do', () => {
    const broken = join(folder, 'package/build/Release');
    mkdirSync(broken, { recursive: true });
    writeFileSync(join(broken, 'posixpar.node'), 'not a library');
    const said = load({});
    expect(said).toContain(`no native addon for ${process.platform}-${process.arch}`);
    expect(said).toContain(`Node ${process.versions.node}`);
    expect(said).toMatch(/package\/build\/Release\/posixpar\.node: (?!there is no such file)\S/);
    expect(said).toMatch(/package\/prebuilds\/\S+\.node: there is no such file/);
    expect(said).toContain('npm rebuild posix-par');
  });

  it('takes the file of POSIX_PAR_BINDING and nothing else', () => {
    expect(load({ POSIX_PAR_BINDING: join(root, 'build/Release/posixpar.node') })).toBe('loaded\n');
    const said = load({ POSIX_PAR_BINDING: '/nowhere/x.node' });
    expect(said).toContain('/nowhere/x.node: there is no such file');
    expect(said).toContain('POSIX_PAR_BINDING names this file alone');
    expect(said).not.toContain('prebuilds/');
  });
});

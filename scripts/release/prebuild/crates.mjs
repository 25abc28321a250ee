// Downloads the sources of the C libraries with cargo and checks them against the pinned hashes of their crates.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { libraries } from './libraries.mjs';
import { run } from './toolchain.mjs';

/**
 * Crates that the build scripts of these crates require. No Rust is compiled, so empty crates with the same names
 * replace them, and cargo downloads only the sources.
 */
const standIns = [
  { name: 'bindgen', version: '0.69.99' },
  { name: 'bindgen', version: '0.70.99' },
  { name: 'cc', version: '1.99.0' },
  { name: 'cmake', version: '0.1.999' },
  { name: 'libc', version: '0.2.999' },
  { name: 'pkg-config', version: '0.3.99' },
];

function writeCrate(folder, name, version, rest) {
  mkdirSync(join(folder, 'src'), { recursive: true });
  writeFileSync(join(folder, 'src', 'lib.rs'), '');
  const head = `[package]\nname = "${name}"\nversion = "${version}"\nedition = "2018"\n`;
  writeFileSync(join(folder, 'Cargo.toml'), head + rest);
}

/**
 * Returns the folder `<folder>/vendor`, which contains the sources of each library in a folder with the name of its
 * crate. Downloads them, unless they are current.
 */
export function fetchSources(folder) {
  const vendor = join(folder, 'vendor');
  const stamp = join(folder, 'sources.sha256');
  const wanted = libraries
    .map(({ crate, crateVersion, checksum }) => `${crate} ${crateVersion} ${checksum}`)
    .join('\n');
  const hash = createHash('sha256').update(wanted).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return vendor;

  rmSync(folder, { recursive: true, force: true });
  const patches = standIns.map(({ name, version }, i) => {
    writeCrate(join(folder, `stand-in-${i}`), name, version, '[features]\nexperimental = []\nparallel = []\n');
    return `stand-in-${i} = { package = "${name}", path = "stand-in-${i}" }\n`;
  });
  const dependencies = libraries.map(({ crate, crateVersion }) => `${crate} = "=${crateVersion}"\n`);
  const manifest = ['[dependencies]\n', ...dependencies, '[patch.crates-io]\n', ...patches, '[workspace]\n'].join('');
  writeCrate(folder, 'sources', '0.0.0', manifest);
  run('cargo', ['vendor', '--quiet', 'vendor'], { cwd: folder });

  for (const { crate, checksum } of libraries) {
    const record = join(vendor, crate, '.cargo-checksum.json');
    const received = JSON.parse(readFileSync(record, 'utf8')).package;
    if (received !== checksum)
      throw new Error(`Expected crate ${crate} with SHA-256 ${checksum}, received ${received}`);
  }
  writeFileSync(stamp, hash);
  return vendor;
}

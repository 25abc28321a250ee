/**
 * Makes HDF5 and NetCDF-4 files with wrong fields but valid checksums: extreme and contradictory numbers, addresses
 * that lead back or into other structures, huge counts.
 * @module
 */
import { type Field, putNumber, reseal } from '../../support/hdf5/builder.js';
import { type Hdf5Sample, hdf5Samples } from '../../support/hdf5/samples.js';
import type { Random } from '../../support/random.js';
import { type Liar, oddNumber } from './lie.js';

function numberAt(bytes: Uint8Array, { at, width }: Field): bigint {
  let value = 0n;
  for (let i = width - 1; i >= 0; i -= 1) value = value * 256n + BigInt(bytes[at + i] ?? 0);
  return value;
}

/** Returns a wrong value for `field`. */
function lieFor(bytes: Uint8Array, field: Field, sample: Hdf5Sample, random: Random): bigint {
  const now = numberAt(bytes, field);
  const kind = random.below(6);
  if (kind === 0) return now + BigInt(random.pick([-8, -1, 1, 2, 8]));
  if (kind === 1) return now ^ (1n << BigInt(random.below(8 * field.width)));
  if (kind === 2) return BigInt(oddNumber(random, Number.POSITIVE_INFINITY));
  if (kind === 3) return BigInt(random.below(bytes.length + 16));
  // Uses the value of another field, which may make a cycle, an overlap, or a count that is an address.
  const others = sample.fields.filter(({ width }) => width === field.width);
  return numberAt(bytes, random.pick(others));
}

/** Changes one to four fields: each time, chooses a kind of field, and then a field of that kind. */
function change(sample: Hdf5Sample, bytes: Uint8Array, random: Random): string[] {
  const kinds = [...new Set(sample.fields.map(({ what }) => what))];
  return Array.from({ length: 1 + random.below(4) }, () => {
    // Some kinds of fields occur once, others in each of many records. All kinds are chosen equally often.
    const what = random.pick(kinds);
    const field = random.pick(sample.fields.filter((candidate) => candidate.what === what));
    const value = lieFor(bytes, field, sample, random);
    putNumber(bytes, field.at, field.width, value);
    return `${what} at ${field.at} is ${value}`;
  });
}

/** Returns a function that makes hostile files from `samples`. */
export function hdf5Liar(samples: readonly Hdf5Sample[] = hdf5Samples): Liar {
  return {
    name: 'hdf5',
    lie(random) {
      const sample = random.pick(samples);
      const bytes = Uint8Array.from(sample.bytes);
      const what = change(sample, bytes, random);
      for (const seal of sample.seals) reseal(bytes, seal);
      const end = random.below(16) === 0 ? random.below(bytes.length + 1) : bytes.length;
      return {
        what: `${sample.name}: ${what.join(', ')}`,
        path: sample.path,
        files: { [sample.path]: bytes.slice(0, end) },
        arrays: sample.arrays,
      };
    },
  };
}

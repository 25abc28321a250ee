import { ofField, ours } from './shared/scale.mjs';

const mibPerPlane = 4;

/** Loops of awaited reads whose results are released, kept by nothing, or read into the same memory. */
export default [4, 16, 64, 1024].map((mib, i) => ({
  ...ofField,
  name: `scale-loop-${mib}m`,
  order: 670 + i,
  title: `reads of ${mib} MiB of a .npy file in a loop, with \`using\``,
  data: 'f4.npy',
  selections: [[[0, mib / mibPerPlane], null, null]],
  rounds: 7,
  contenders: Object.fromEntries(
    ['using', 'into', 'fresh'].map((memory) => [
      memory === 'using' ? 'posix-par' : `posix-par-${memory}`,
      ours({ memory, repeats: Math.max(2, Math.min(30, 1024 / mib)) }),
    ]),
  ),
  targets: [
    { faster: 'posix-par', than: ['posix-par-into'], atLeast: mib === 64 ? 1 / 1.3 : 1 / 1.15 },
    { of: 'posix-par', memoryAbove: 3 * mib * 2 ** 20, atMost: 256 },
  ],
}));

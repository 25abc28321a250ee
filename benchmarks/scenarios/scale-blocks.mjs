import { whole } from './shared/field.mjs';
import { ofField } from './shared/scale.mjs';

const budgetBytes = 64 * 2 ** 20;

export default ['f4-zstd.zarr', 'f4.npy'].map((data, i) => ({
  ...ofField,
  name: `scale-blocks-${data.split(/[.-]/)[1]}`,
  order: 660 + i,
  title: `1 GiB of ${data} in blocks within 64 MiB, against one read into reused memory`,
  data,
  selections: whole,
  rounds: 5,
  contenders: {
    'posix-par': { use: 'posix-par-blocks', budgetBytes },
    'posix-par-into': { use: 'posix-par-loop', kind: 'ours', memory: 'into' },
  },
  targets: [
    { faster: 'posix-par', than: ['posix-par-into'], atLeast: 0.95 },
    { of: 'posix-par', memoryAbove: budgetBytes, atMost: 64 },
  ],
}));

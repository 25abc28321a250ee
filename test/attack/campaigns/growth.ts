/**
 * Reads files in which a field is very large: long strings of each character class in each text field (which are slow
 * if a regular expression backtracks), long lists, deep nesting, large numbers. The sizes are random.
 * @module
 */
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { hostileCases, hostileFormats } from '../../support/hostile/hostile.js';
import type { Campaign } from '../campaign.js';
import { examine } from '../examine.js';

/**
 * Maximum size of a field in bytes. A parser that takes quadratic time exceeds the time limit of a case by far with
 * such a field.
 */
const maxBytes = 200_000;
const maxValue = 1e15;

export const growthCampaign: Campaign = {
  name: 'growth',
  what: 'fields grown to random sizes: long strings of each class, lists, nesting, numbers',
  weight: 2,
  quickCases: 400,
  batchCases: 400,
  caseCpuMs: 20_000,
  missing: () => null,
  async prepare({ folder }) {
    const cases = hostileFormats.flatMap((format) => hostileCases(format).map((one) => ({ format, one })));
    return async (test) => {
      const { random } = test;
      const { format, one } = random.pick(cases);
      const most = one.growth === 'bytes' ? maxBytes : maxValue;
      const size = Math.max(2, Math.floor(Math.exp(random.next() * Math.log(most))));
      test.note(`${format}, ${one.name}: ${size}`);
      const root = join(folder, 'case');
      fs.rmSync(root, { recursive: true, force: true });
      for (const [path, content] of Object.entries(one.make(size, random))) {
        fs.mkdirSync(dirname(join(root, path)), { recursive: true });
        fs.writeFileSync(join(root, path), content);
      }
      test.kind(format);
      const options = one.array === null ? {} : { array: one.array };
      await examine(test, join(root, one.path), { ...options, ...one.options });
    };
  },
};

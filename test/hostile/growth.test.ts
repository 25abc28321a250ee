/** Tests that time grows linearly and memory stays bounded if a field grows. The slow formats have their own file. */
import { describe } from 'vitest';
import { testGrowth } from '../support/hostile/growth.js';
import { hostileFormats, slowFormats } from '../support/hostile/hostile.js';

describe('a hostile file costs linear time and bounded memory', () => {
  testGrowth(hostileFormats.filter((format) => !slowFormats.has(format)));
});

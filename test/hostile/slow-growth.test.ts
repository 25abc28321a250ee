/** Tests the growth of fields as growth.test.ts, for formats with many cases, so that no test file takes too long. */
import { describe } from 'vitest';
import { testGrowth } from '../support/hostile/growth.js';
import { slowFormats } from '../support/hostile/hostile.js';

describe('a hostile file costs linear time and bounded memory', () => {
  testGrowth([...slowFormats]);
});

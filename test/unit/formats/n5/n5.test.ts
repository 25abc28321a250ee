import { describe, expect, it } from 'vitest';
import { UnsupportedError } from '../../../../lib/core/errors.js';
import { openDescriptor, openGroupDescriptor } from '../../../../lib/formats/registry.js';
import { runSync } from '../../../../lib/io/driver.js';
import { MemoryBackend } from '../../../support/memory-backend.js';

const request = { array: null, options: {}, format: null };
const dataset = '{"dimensions": [4], "blockSize": [2], "dataType": "int8", "compression": {"type": "raw"}}';

describe('N5', () => {
  it.each([dataset, '{"n5": "4.0.0"}'])('is refused with the name of the format: %s', (attributes) => {
    const files = new MemoryBackend({ '/a.n5/attributes.json': attributes });
    expect(() => runSync(openDescriptor('/a.n5', request), files)).toThrow(UnsupportedError);
    expect(() => runSync(openDescriptor('/a.n5', request), files)).toThrow(/N5/);
    expect(() => runSync(openGroupDescriptor('/a.n5', request), files)).toThrow(/N5/);
  });

  it.each(['{"dimensions": [4]}', '{', '[]', 'null'])(
    'is not recognised from a folder with other attributes: %s',
    (attributes) => {
      const files = new MemoryBackend({ '/a/attributes.json': attributes });
      expect(() => runSync(openDescriptor('/a', request), files)).toThrow(/no known format/);
    },
  );
});

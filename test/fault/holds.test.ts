/** Tests the faults that hold system calls: a hold ends at its time limit, and non-blocking calls are never held. */
import { describe, expect, test } from 'vitest';
import { allocate, openArray, ReadError } from '../../lib/index.js';
import { binding } from '../../lib/native/binding.js';
import { expectSameBytes } from '../support/bytes.js';
import { failure, whileHeld, withFaults } from '../support/faults.js';
import { counting, writeNpy } from '../support/sample-arrays.js';
import { TemporaryDirectory } from '../support/temporary.js';

const folder = new TemporaryDirectory();
const shape = [512, 1024] as const;
const path = writeNpy(folder, 'held.npy', shape);

describe('a held call', () => {
  test('fails with ETIMEDOUT at its time limit if the thread that would release it is held', async () => {
    await using array = await openArray(path);
    let inner: unknown;
    const error = await failure(() =>
      whileHeld(
        { op: 'pread', path },
        async () => {
          inner = await failure(() => array.readSync(null, { engine: 'pread', threads: 1 }));
        },
        { limitMs: 50 },
      ),
    );
    expect(inner).toBeInstanceOf(ReadError);
    expect(inner).toMatchObject({ code: 'ETIMEDOUT', path });
    expect(error.message).toMatch(/held calls of pread were not released within 50 ms/);
  });

  test('runs once it is released', async () => {
    await using array = await openArray(path);
    const { data } = await whileHeld({ op: 'pread', path }, async (release) => {
      const reading = array.read(null, { engine: 'pread' });
      let isOver = false;
      reading.then(() => {
        isOver = true;
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(isOver).toBe(false);
      release();
      return reading;
    });
    expectSameBytes(data, counting(shape[0] * shape[1]));
  });

  test('never holds the calling thread while it samples residency, for any page offset of the result', async () => {
    const floats = shape[0] * shape[1];
    const memory = allocate('float32', floats + 1024);
    const start = binding().advise_memory(memory);
    await using array = await openArray(path);
    // Tries results at many offsets in a page. For some of them a copy from the page cache is slow (4K aliasing); the
    // read then first takes samples to find out if it can use a mapping.
    for (let pastPage = 0; pastPage < 4096; pastPage += 4) {
      if (pastPage > 256 && pastPage % 128 !== 0) continue;
      const skip = ((pastPage - start + 4096) % 4096) / 4;
      const into = memory.subarray(skip, skip + floats);
      await whileHeld({ op: 'pread', path }, (release) => {
        const reading = array.readInto(into);
        release();
        return reading;
      });
    }
    expect(memory.subarray(0, 1)).toHaveLength(1);
  });

  test('rejects faults that interrupt a call forever', async () => {
    const error = await failure(() => withFaults([{ op: 'pread', action: 'eintr', times: 0 }], () => undefined));
    expect(error.message).toContain('interrupted');
  });
});

import { describe, expect, test } from 'vitest';
import { type MemorySource, ResultMemory } from '../../../lib/api/memory-limit.js';
import { MemoryLimitError } from '../../../lib/core/errors.js';

const mib = 2 ** 20;

/** Simulates a machine. A test decides when allocated memory is written and freed. */
class Machine implements MemorySource {
  availableBytes: number;
  untouched = 0;
  garbage = 0;
  /** Number of bytes that the garbage collector can free from the next turn of the event loop on. */
  settled = 0;
  now = 0;
  looks = 0;
  collections = 0;

  constructor(availableMib: number) {
    this.availableBytes = availableMib * mib;
  }
  limit() {
    this.looks += 1;
    return { source: '/job', availableBytes: this.availableBytes, limitBytes: 512 * mib };
  }
  untouchedBytes(): number {
    return this.untouched;
  }
  collect(): void {
    this.collections += 1;
    this.availableBytes += this.garbage;
    this.garbage = 0;
  }
  nextTurn(): Promise<void> {
    this.garbage += this.settled;
    this.settled = 0;
    return Promise.resolve();
  }
  nowMs(): number {
    return this.now;
  }
}

function refusal(act: () => unknown): MemoryLimitError {
  try {
    act();
  } catch (error) {
    if (error instanceof MemoryLimitError) return error;
    throw error;
  }
  throw new Error('Expected a MemoryLimitError, found none');
}

describe('the memory limit for results', () => {
  test('admits small results without asking the system', () => {
    const machine = new Machine(400);
    const memory = new ResultMemory(machine);
    for (let i = 0; i < 4095; i++) memory.admit(4096)();
    expect(machine.looks).toBe(0);
    for (let i = 0; i < 4095; i++) memory.admit(4096)();
    expect(machine.looks).toBe(1);
  });

  test('refuses a result that does not fit, and reports needed and available bytes and a solution', () => {
    const memory = new ResultMemory(new Machine(400));
    const error = refusal(() => memory.admit(1024 * mib));
    // An eighth of the limit is reserved.
    expect(error).toMatchObject({
      _tag: 'MemoryLimitError',
      neededBytes: 1024 * mib,
      availableBytes: 336 * mib,
      limitBytes: 512 * mib,
      source: '/job',
    });
    expect(error.message).toBe(
      'Cannot allocate 1024 MiB for the result: 336 MiB are available, and the cgroup /job has 512 MiB in total. ' +
        'Read a smaller selection at a time, drop references to earlier results, or raise the limit',
    );
    expect(memory.available()).toEqual({ availableBytes: 336 * mib, limitBytes: 512 * mib, source: '/job' });
  });

  test('counts results that are admitted at the same time together', () => {
    const memory = new ResultMemory(new Machine(400));
    const admitted = Array.from({ length: 8 }, () => {
      try {
        memory.admit(64 * mib);
        return true;
      } catch {
        return false;
      }
    });
    expect(admitted).toEqual([true, true, true, true, true, false, false, false]);
  });

  test('counts unwritten memory of running reads, and does not count written memory twice', () => {
    const machine = new Machine(400);
    const memory = new ResultMemory(machine);
    const begun = memory.admit(200 * mib);
    begun();
    machine.untouched = 200 * mib;
    machine.now += 1000;
    expect(refusal(() => memory.admit(150 * mib)).availableBytes).toBe(136 * mib);
    // Half of the memory has been written, so the system counts it as used.
    machine.untouched = 100 * mib;
    machine.availableBytes -= 100 * mib;
    machine.now += 1000;
    expect(refusal(() => memory.admit(150 * mib)).availableBytes).toBe(136 * mib);
    expect(() => memory.admit(136 * mib)).not.toThrow();
  });

  test('releases the share of a read that failed before it began', () => {
    const memory = new ResultMemory(new Machine(400));
    const begun = memory.admit(300 * mib);
    expect(memory.available()?.availableBytes).toBe(36 * mib);
    begun();
    begun();
    expect(memory.available()?.availableBytes).toBe(336 * mib);
  });

  test('collects garbage before it refuses a result, but not repeatedly', () => {
    const machine = new Machine(100);
    machine.garbage = 300 * mib;
    const memory = new ResultMemory(machine);
    expect(() => memory.admit(200 * mib)).not.toThrow();
    expect(machine.collections).toBe(1);
    refusal(() => memory.admit(400 * mib));
    refusal(() => memory.admit(400 * mib));
    expect(machine.collections, 'the second one did not help').toBe(2);
    refusal(() => memory.admit(1024 * mib));
    expect(machine.collections, 'nothing helps').toBe(2);
    machine.now += 1000;
    refusal(() => memory.admit(400 * mib));
    expect(machine.collections).toBe(3);
  });

  test('waits for results that settle in this turn of the event loop', async () => {
    const machine = new Machine(100);
    machine.settled = 300 * mib;
    const memory = new ResultMemory(machine);
    refusal(() => memory.admit(200 * mib));
    expect(typeof (await memory.admitLater(200 * mib))).toBe('function');
    await expect(memory.admitLater(200 * mib)).rejects.toThrow(MemoryLimitError);
  });

  test('reuses a measurement for a moment, and subtracts what was admitted since', () => {
    const machine = new Machine(400);
    const memory = new ResultMemory(machine);
    for (let i = 0; i < 5; i++) memory.admit(64 * mib)();
    expect(machine.looks).toBe(1);
    machine.now += 50;
    memory.admit(64 * mib)();
    expect(machine.looks).toBe(2);
  });

  test('refuses nothing if the system does not report its memory', () => {
    const machine = new Machine(0);
    machine.limit = () => null as never;
    expect(() => new ResultMemory(machine).admit(2 ** 40)).not.toThrow();
    expect(new ResultMemory(machine).available()).toBeNull();
  });
});

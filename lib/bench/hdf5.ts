/**
 * Runs the HDF5 library for comparison. A Python process with h5py runs threads that read or write one contiguous
 * dataset with the bytes of a file.
 * @module
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Bucket } from './rounds.js';

const script = `
import json, os, resource, sys, threading, time
import numpy as np, h5py

def usage():
    with open('/proc/thread-self/schedstat') as f: delay = int(f.read().split()[1])
    with open('/proc/thread-self/io') as f: io = dict(line.split(': ') for line in f.read().splitlines())
    r = resource.getrusage(resource.RUSAGE_THREAD)
    return [time.thread_time_ns(), delay, r.ru_nvcsw, r.ru_nivcsw, int(io['read_bytes'])]

def make(c):
    with open(c['source'], 'rb') as source, h5py.File(c['path'], 'w') as f:
        d = f.create_dataset('data', (c['bytes'],), 'u1')
        for at in range(0, c['bytes'], 1 << 22):
            piece = source.read(min(1 << 22, c['bytes'] - at))
            d[at:at + len(piece)] = np.frombuffer(piece, 'u1')
    fd = os.open(c['path'], os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
    return {}

def prepare(c):
    fd = os.open(c['path'], os.O_RDONLY)
    if c['drop']: os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    else:
        while os.read(fd, 1 << 22): pass
    os.close(fd)
    return {}

def measure(c):
    block, blocks, n = c['block'], c['bytes'] // c['block'], c['n']
    writes = c['writes']
    with h5py.File(c['path'], 'r+' if writes else 'r') as f:
        d = f['data']
        order = np.random.default_rng(1).permutation(blocks) if c['random'] else np.arange(blocks)
        lock, ticket, out, barrier = threading.Lock(), [0], [], threading.Barrier(n)
        def work():
            target = np.random.default_rng(2).integers(0, 256, block, 'u1') if writes else np.zeros(block, 'u1')
            barrier.wait()
            before, start, took = usage(), time.monotonic_ns(), []
            end, now = start + c['ns'], start
            while now < end:
                with lock:
                    i = ticket[0]; ticket[0] += 1
                if writes and i >= blocks: break
                at = int(order[i % blocks]) * block
                now = time.monotonic_ns()
                if writes: d.write_direct(target, None, np.s_[at:at + block])
                else: d.read_direct(target, np.s_[at:at + block])
                done = time.monotonic_ns()
                took.append(done - now); now = done
            out.append((start, now, took, [b - a for a, b in zip(before, usage())]))
        threads = [threading.Thread(target=work) for _ in range(n)]
        for t in threads: t.start()
        for t in threads: t.join()
    took = [x for o in out for x in o[2]]
    counts = {}
    for x in took:
        e = max(0, x.bit_length() - 8)
        counts[(x >> e) << e] = [1 << e, counts.get((x >> e) << e, [0, 0])[1] + 1]
    return {'elapsed': max(o[1] for o in out) - min(o[0] for o in out), 'wall': sum(o[1] - o[0] for o in out),
            'sum': sum(took), 'max': max(took), 'count': len(took),
            'usage': [sum(o[3][k] for o in out) for k in range(5)],
            'buckets': [[low, w, k] for low, (w, k) in sorted(counts.items())]}

print(json.dumps({'version': h5py.version.hdf5_version}), flush=True)
for line in sys.stdin:
    try:
        c = json.loads(line)
        answer = {'make': make, 'prepare': prepare, 'measure': measure}[c['do']](c)
    except Exception as error:
        answer = {'error': str(error)}
    print(json.dumps(answer), flush=True)
`;

interface Answer {
  readonly error?: string;
  readonly version?: string;
}

interface Measured extends Answer {
  readonly elapsed: number;
  readonly wall: number;
  readonly sum: number;
  readonly max: number;
  readonly count: number;
  readonly usage: readonly number[];
  readonly buckets: readonly (readonly [number, number, number])[];
}

/** Result of a run in which threads read or write the dataset. */
export interface Hdf5Run {
  readonly elapsedNs: number;
  readonly operations: number;
  readonly latencies: readonly Bucket[];
  readonly latencySumNs: number;
  readonly latencyMaxNs: number;
  readonly threads: {
    readonly wallNs: number;
    readonly cpuNs: number;
    readonly runnableNs: number;
    readonly voluntary: number;
    readonly involuntary: number;
    readonly deviceBytes: number;
  };
}

/** A Python process with h5py. */
export class Hdf5Library {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #waiting: ((line: string | null) => void)[] = [];
  #hasEnded = false;
  /** Version of the HDF5 library. */
  version = '';

  private constructor(python: string) {
    this.#process = spawn(python, ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#lines = createInterface(this.#process.stdout);
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line));
    const lost = (): void => {
      this.#hasEnded = true;
      for (const settle of this.#waiting.splice(0)) settle(null);
    };
    this.#process.on('error', lost);
    this.#process.on('close', lost);
    this.#process.stdin.on('error', lost);
  }

  /** Starts `python`. Returns null if it does not exist or has no h5py. */
  static async start(python: string): Promise<Hdf5Library | null> {
    const library = new Hdf5Library(python);
    const hello = await library.#next<Answer>();
    if (hello?.version === undefined) {
      library.end();
      return null;
    }
    library.version = hello.version;
    return library;
  }

  async #next<T extends Answer>(): Promise<T | null> {
    if (this.#hasEnded) return null;
    const line = await new Promise<string | null>((resolve) => this.#waiting.push(resolve));
    return line === null ? null : (JSON.parse(line) as T);
  }

  async #ask<T extends Answer>(command: Record<string, unknown>): Promise<T> {
    if (!this.#hasEnded) this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = await this.#next<T>();
    if (answer === null) throw new Error('the Python process ended');
    if (answer.error !== undefined) throw new Error(`h5py: ${answer.error}`);
    return answer;
  }

  /** Writes a file with the first `bytes` bytes of `source` as one contiguous dataset. */
  async make(source: string, path: string, bytes: number): Promise<void> {
    await this.#ask({ do: 'make', source, path, bytes });
  }

  /** Reads the file into the page cache, or evicts it. */
  async prepare(path: string, drop: boolean): Promise<void> {
    await this.#ask({ do: 'prepare', path, drop });
  }

  /** Measures `n` threads that read blocks of the dataset, or write each block at most once. */
  async measure(
    path: string,
    run: { bytes: number; block: number; n: number; ns: number; random: boolean; writes: boolean },
  ): Promise<Hdf5Run> {
    const got = await this.#ask<Measured>({ do: 'measure', path, ...run });
    const [cpuNs = 0, runnableNs = Number.NaN, voluntary = 0, involuntary = 0, deviceBytes = Number.NaN] = got.usage;
    return {
      elapsedNs: got.elapsed,
      operations: got.count,
      latencies: got.buckets.map(([low, width, count]) => ({ low, width, count })),
      latencySumNs: got.sum,
      latencyMaxNs: got.max,
      threads: { wallNs: got.wall, cpuNs, runnableNs, voluntary, involuntary, deviceBytes },
    };
  }

  end(): void {
    this.#lines.close();
    this.#process.kill('SIGKILL');
  }
}

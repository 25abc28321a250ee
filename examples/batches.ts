/**
 * Reads random boxes for training in a worker while the main thread computes: node batches.ts PATH [BATCHES]
 *
 * Batches are in shared memory, so no data is copied between the threads. Two buffers are used alternately.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openArray, slice } from 'posix-par';

const batch = 8;
const box = [8, 16, 16] as const;
const boxSize = box[0] * box[1] * box[2];

interface Setup {
  readonly path: string;
  readonly memory: readonly SharedArrayBuffer[];
}

if (isMainThread) {
  const [, , path = 'volume.npy', batchesText = '4'] = process.argv;
  const memory = [0, 1].map(() => new SharedArrayBuffer(4 * batch * boxSize));
  const worker = new Worker(new URL(import.meta.url), { workerData: { path, memory } satisfies Setup });
  const loaded = () => new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  let pending = loaded();
  worker.postMessage(0);
  let seen = 0;
  let sum = 0;
  for (let i = 0; i < Number(batchesText); i++) {
    const which = await pending;
    pending = loaded();
    worker.postMessage(1 - which); // The worker fills the other buffer in the meantime.
    const data = new Float32Array(memory[which] ?? new SharedArrayBuffer(0));
    for (const value of data) sum += value; // Placeholder for a training step.
    seen += data.length;
  }
  await pending;
  await worker.terminate();
  console.log(
    `${batchesText} batches of ${batch} boxes ${box.join('x')}: ${seen} elements, mean ${(sum / seen).toFixed(1)}`,
  );
} else {
  const { path, memory } = workerData as Setup;
  const volume = await openArray(path);
  const start = (d: number) => Math.floor(Math.random() * ((volume.shape[d] ?? 0) - (box[d] ?? 0) + 1));
  parentPort?.on('message', async (which: number) => {
    const target = new Float32Array(memory[which] ?? new SharedArrayBuffer(0));
    const reads = Array.from({ length: batch }, (_, i) => {
      const selection = box.map((length, d) => {
        const from = start(d);
        return slice(from, from + length);
      });
      return volume.readInto(target.subarray(i * boxSize, (i + 1) * boxSize), selection, { as: 'float32' });
    });
    await Promise.all(reads);
    parentPort?.postMessage(which);
  });
}

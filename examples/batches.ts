/**
 * Reads random boxes for training in a worker while the main thread computes: node batches.ts PATH [BATCHES]
 *
 * The worker attaches to the array of the main thread, and one call reads a batch. Batches are in shared memory, so no
 * data is copied between the threads. Two buffers are used alternately.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type ArrayToken, allocate, attach, openArray, slice } from 'posix-par';

const batch = 8;
const box = [8, 16, 16] as const;
const batchSize = batch * box[0] * box[1] * box[2];

interface Setup {
  readonly token: ArrayToken;
  readonly buffers: readonly Float32Array[];
}

if (isMainThread) {
  const [, , path = 'volume.npy', batchesText = '4'] = process.argv;
  const volume = await openArray(path);
  const buffers = [0, 1].map(() => allocate('float32', batchSize, { shared: true }));
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { token: volume.share(), buffers } satisfies Setup,
  });
  const loaded = () => new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  let pending = loaded();
  worker.postMessage(0);
  let seen = 0;
  let sum = 0;
  for (let i = 0; i < Number(batchesText); i++) {
    const which = await pending;
    pending = loaded();
    worker.postMessage(1 - which); // The worker fills the other buffer in the meantime.
    const data = buffers[which] ?? [];
    for (const value of data) sum += value; // Placeholder for a training step.
    seen += data.length;
  }
  await pending;
  await worker.terminate();
  await volume.close();
  console.log(
    `${batchesText} batches of ${batch} boxes ${box.join('x')}: ${seen} elements, mean ${(sum / seen).toFixed(1)}`,
  );
} else {
  const { token, buffers } = workerData as Setup;
  const volume = await attach(token);
  const start = (d: number) => Math.floor(Math.random() * ((volume.shape[d] ?? 0) - (box[d] ?? 0) + 1));
  parentPort?.on('message', async (which: number) => {
    const into = buffers[which];
    if (into === undefined) throw new RangeError(`There is no buffer ${which}`);
    const selections = Array.from({ length: batch }, () =>
      box.map((length, d) => {
        const from = start(d);
        return slice(from, from + length);
      }),
    );
    await volume.readMany(selections, { as: 'float32', into });
    parentPort?.postMessage(which);
  });
}

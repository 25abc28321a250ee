/**
 * Computes the median of each plane in workers: node worker-medians.ts PATH [WORKERS]
 *
 * The main thread reads into shared memory, so no data is copied between the threads. Sorting takes longer than
 * reading, so each worker sorts a part of the planes.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openArray } from 'posix-par';

interface Task {
  /** Elements of some planes, one plane after the other. */
  readonly planes: Float64Array;
  readonly planeSize: number;
}

if (isMainThread) {
  const [, , path = 'volume.npy', workers = '2'] = process.argv;
  const volume = await openArray(path);
  const [count = 0, ...plane] = volume.shape;
  const planeSize = plane.reduce((product, extent) => product * extent, 1);
  const elements = new Float64Array(new SharedArrayBuffer(8 * count * planeSize));
  await volume.readInto(elements, '...', { as: 'float64' });
  await volume.close();
  const share = Math.ceil(count / Number(workers));
  const parts = Array.from({ length: Math.ceil(count / share) }, async (_, i) => {
    const planes = elements.subarray(i * share * planeSize, (i + 1) * share * planeSize);
    const worker = new Worker(new URL(import.meta.url), { workerData: { planes, planeSize } satisfies Task });
    const [medians] = (await once(worker, 'message')) as [number[]];
    return medians;
  });
  console.log(JSON.stringify((await Promise.all(parts)).flat()));
} else {
  const { planes, planeSize } = workerData as Task;
  const medians: number[] = [];
  for (let from = 0; from < planes.length; from += planeSize) {
    const sorted = planes.slice(from, from + planeSize).sort();
    const [low, high] = [(planeSize - 1) >> 1, planeSize >> 1].map((i) => sorted[i] ?? Number.NaN);
    medians.push(((low ?? 0) + (high ?? 0)) / 2);
  }
  parentPort?.postMessage(medians);
}

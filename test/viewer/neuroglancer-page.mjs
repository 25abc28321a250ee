// The page of neuroglancer.test.ts: starts neuroglancer, and reads whole arrays with its data source for Zarr v3, whose
// chunks are fetched and decoded by neuroglancer's workers.
import 'neuroglancer/unstable/util/polyfills.js';
import 'neuroglancer/unstable/datasource/enabled_frontend_modules.js';
import 'neuroglancer/unstable/kvstore/enabled_frontend_modules.js';
import { emptyValidCoordinateSpace } from 'neuroglancer/unstable/coordinate_transform.js';
import { makeMinimalViewer } from 'neuroglancer/unstable/ui/minimal_viewer.js';

const viewer = makeMinimalViewer();

/** Returns the shape and the elements of an array in C order. Neuroglancer's dimensions begin with the fastest one. */
globalThis.readVolume = async (url) => {
  const source = await viewer.dataSourceProvider.get({
    url: `${url}|zarr3:`,
    globalCoordinateSpace: { value: emptyValidCoordinateSpace },
    transform: undefined,
  });
  const { volume } = source.subsources[0].subsource;
  const { rank } = volume;
  const identity = new Float32Array((rank + 1) ** 2);
  for (let d = 0; d <= rank; d++) identity[d * (rank + 2)] = 1;
  const options = { discreteValues: false, displayRank: rank, modelChannelDimensionIndices: [] };
  const [[{ chunkSource }]] = volume.getSources({ ...options, multiscaleToViewTransform: identity });
  const size = [...chunkSource.spec.upperVoxelBound];
  const chunk = [...chunkSource.spec.chunkDataSize];
  const data = new Array(size.reduce((product, length) => product * length, 1)).fill(null);
  const grid = size.map((length, d) => Math.ceil(length / chunk[d]));
  for (let z = 0; z < grid[2]; z++) {
    for (let y = 0; y < grid[1]; y++) {
      for (let x = 0; x < grid[0]; x++) {
        const position = Float32Array.of(x, y, z);
        const copy = (found) => ({ data: Array.from(found.data), shape: [...found.chunkDataSize] });
        const { signal } = new AbortController();
        const { data: elements, shape } = await chunkSource.fetchChunk(position, copy, { signal });
        elements.forEach((value, i) => {
          const at = [i % shape[0], Math.floor(i / shape[0]) % shape[1], Math.floor(i / (shape[0] * shape[1]))];
          const [ax, ay, az] = at.map((offset, d) => position[d] * chunk[d] + offset);
          if (ax < size[0] && ay < size[1] && az < size[2]) data[(az * size[1] + ay) * size[0] + ax] = value;
        });
      }
    }
  }
  return { shape: size.reverse(), chunkShape: chunk.reverse(), data };
};

/**
 * Finds the coordinates of dimensions: arrays in the same group with the name of the dimension.
 * @module
 */
import { type ArrayNode, fetchNode, joinPath } from '../api/client.js';
import { useLoaded } from '../api/use-loaded.js';
import { isDrawable } from './element-types.js';
import { readElements } from './elements.js';

/** Longest dimension whose coordinates are read. */
const maxSize = 1 << 20;

/** Coordinates of one dimension. */
export interface Coordinates {
  readonly values: ArrayLike<number>;
  readonly units: string | null;
}

async function findCoordinates(
  parent: string,
  name: string,
  size: number,
  signal: AbortSignal,
): Promise<Coordinates | null> {
  const path = joinPath(parent, name);
  const found = await fetchNode(path, signal);
  if (found.kind !== 'array' || found.shape.length !== 1 || found.shape[0] !== size || !isDrawable(found.dtype))
    return null;
  const wanted = { path, field: null, dtype: found.dtype, selection: ':', decodesCf: true, maxPixels: null };
  const { units } = found.attributes;
  return { values: (await readElements(wanted, signal)).data, units: typeof units === 'string' ? units : null };
}

/** Loads the coordinates of all dimensions of an array; null for dimensions without coordinates. */
export function useCoordinates(path: string, node: ArrayNode): readonly (Coordinates | null)[] {
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null;
  const names = node.dimensionNames;
  const own = path.slice(path.lastIndexOf('/') + 1);
  const { value } = useLoaded(parent === null || names === null ? null : `coordinates ${path}`, (signal) =>
    Promise.all(
      (names ?? []).map(async (name, d) => {
        const size = node.shape[d] ?? 0;
        if (name === null || name === own || size > maxSize || parent === null) return null;
        // This is not an error, because many dimensions have no coordinates.
        return await findCoordinates(parent, name, size, signal).catch(() => null);
      }),
    ),
  );
  return value ?? [];
}

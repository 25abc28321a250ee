/**
 * Keeps the program of the graphics card that draws pictures.
 * @module
 */
import { HeatmapMesh, type HeatmapMeshProps } from '@h5web/lib';
import ndarray from '../arrays/ndarray.js';

const onePixel = ndarray(new Uint8Array(1), [1, 1]) as unknown as HeatmapMeshProps['values'];

/** So small that nothing can be seen. */
const scale: [number, number, number] = [1e-6, 1e-6, 1];

// A new array for each slice would make a new material.
const domain: HeatmapMeshProps['domain'] = [0, 1];

/**
 * A picture of one element that cannot be seen. h5web makes a new material for each picture. If no other picture used
 * the program of the material, it would be compiled again for each slice.
 */
export function KeepProgram({ scaleType }: Pick<HeatmapMeshProps, 'scaleType'>) {
  return <HeatmapMesh values={onePixel} domain={domain} scaleType={scaleType} colorMap="Viridis" scale={scale} />;
}

/**
 * Reduces the number of elements of large slices.
 * @module
 */

/** Maximum number of elements of a plane, and of a line. h5web keeps every slice that was shown in memory. */
const maxElements = 1 << 22;
/** Maximum length of a side of a plane: the size of a texture that every graphics card supports. */
const maxSide = 8192;
/** Slices with more elements than `previewAbove` are shown with at most `previewElements` elements first. */
const [previewAbove, previewElements] = [1 << 19, 1 << 16];

/** Returns the distance between the elements that are shown, in each dimension. Only the last two are reduced. */
export function stepsFor(shape: readonly number[]): number[] {
  const [height = 1, width = 1] = shape.length < 2 ? [1, ...shape] : shape.slice(-2);
  const isLine = shape.length < 2;
  const step = isLine
    ? Math.ceil(width / maxElements)
    : Math.max(Math.ceil(Math.sqrt((height * width) / maxElements)), Math.ceil(Math.max(height, width) / maxSide));
  return shape.map((_, d) => (d < shape.length - 2 ? 1 : Math.max(1, step)));
}

/** Returns the shape of an array of which only every `steps[d]`-th element is shown. */
export function reduceShape(shape: readonly number[], steps: readonly number[]): number[] {
  return shape.map((size, d) => Math.ceil(size / (steps[d] ?? 1)));
}

/** A selection of h5web: an index, or null for all elements, of each dimension. */
export type Entries = readonly (number | null)[];

/** Parses a selection of h5web, such as `3,:,:`. */
export function parseSelection(text: string | undefined, rank: number): Entries {
  const parts = text?.split(',') ?? [];
  return Array.from({ length: rank }, (_, d) => {
    const part = parts[d] ?? ':';
    return part === ':' ? null : Number(part);
  });
}

/** Returns the shape of a selection of an array. */
export function selectedShape(shape: readonly number[], entries: Entries): number[] {
  return shape.filter((_, d) => entries[d] === null);
}

/** Returns a selection for the server. */
export function selectionText(entries: Entries, steps: readonly number[]): string {
  return entries.map((entry, d) => (entry === null ? `::${steps[d] ?? 1}` : String(entry * (steps[d] ?? 1)))).join(',');
}

/** Returns by how much a preview of a slice of the given shape is coarser; 1 if the slice needs no preview. */
export function previewFactor(shape: readonly number[]): number {
  const count = shape.reduce((product, size) => product * size, 1);
  return count <= previewAbove ? 1 : Math.ceil((count / previewElements) ** (1 / shape.length));
}

/** An array of numbers. */
interface Numbers {
  readonly length: number;
  [i: number]: number | bigint;
}

/**
 * Copies the elements of a preview into `target`, which has the shape `shape`. Each element of the preview stands for
 * `factor` elements in each dimension.
 */
export function enlarge(preview: Numbers, target: Numbers, shape: readonly number[], factor: number): void {
  const coarse = shape.map((size) => Math.ceil(size / factor));
  const width = shape.at(-1) ?? 1;
  const position = shape.map(() => 0);
  for (let row = 0; row < target.length; row += width) {
    const from = position.reduce((at, p, d) => at * (coarse[d] ?? 1) + Math.floor(p / factor), 0);
    for (let i = 0; i < width; i++) target[row + i] = preview[from + Math.floor(i / factor)] ?? 0;
    for (let d = shape.length - 2; d >= 0; d--) {
      position[d] = (position[d] ?? 0) + 1;
      if ((position[d] ?? 0) < (shape[d] ?? 0)) break;
      position[d] = 0;
    }
  }
}

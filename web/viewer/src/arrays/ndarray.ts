/**
 * Replaces the package `ndarray` in the viewer. That package compiles code at run time, which the
 * Content-Security-Policy of the server forbids.
 * @see https://github.com/scijs/ndarray
 * @module
 */

/** Elements of an {@link NdArray}: a typed array or a list. */
export type Elements<T = unknown> = { [index: number]: T; readonly length: number };

/** Names of typed arrays that differ from the name of their constructor in lower case. */
const typeNames: Readonly<Record<string, string>> = { uint8clamped: 'uint8_clamped', buffer: 'buffer' };

function typeNameOf(data: Elements): string {
  if (Array.isArray(data)) return 'array';
  if (!ArrayBuffer.isView(data)) return 'generic';
  const name = data.constructor.name.replace(/Array$/, '').toLowerCase();
  return typeNames[name] ?? name;
}

/** Returns the strides of contiguous elements in C order. */
function contiguous(shape: readonly number[]): number[] {
  const stride = shape.map(() => 1);
  for (let d = shape.length - 2; d >= 0; d--) stride[d] = (stride[d + 1] ?? 1) * (shape[d + 1] ?? 1);
  return stride;
}

/** An array of several dimensions: a view of elements, described by a shape, strides and an offset. */
export class NdArray<T = unknown> {
  readonly data: Elements<T>;
  readonly shape: number[];
  readonly stride: number[];
  readonly offset: number;
  readonly dtype: string;

  constructor(data: Elements<T>, shape: readonly number[], stride: readonly number[], offset: number) {
    this.data = data;
    this.shape = [...shape];
    this.stride = [...stride];
    this.offset = offset;
    this.dtype = typeNameOf(data);
  }

  /** Number of dimensions. */
  get dimension(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  /** The dimensions, the one with the smallest stride first. */
  get order(): number[] {
    const strideOf = (d: number): number => Math.abs(this.stride[d] ?? 0);
    return this.stride.map((_, d) => d).sort((a, b) => strideOf(a) - strideOf(b));
  }

  /** Returns the position in `data` of an element. */
  index(...at: readonly number[]): number {
    return at.reduce((sum, i, d) => sum + i * (this.stride[d] ?? 0), this.offset);
  }

  get(...at: readonly number[]): T | undefined {
    return this.data[this.index(...at)];
  }

  set(...atAndValue: readonly unknown[]): unknown {
    const value = atAndValue.at(-1);
    this.data[this.index(...(atAndValue.slice(0, -1) as number[]))] = value as T;
    return value;
  }

  /** Returns a view that ends at `at`. A dimension without a number in `at` keeps its end. */
  hi(...at: readonly (number | null | undefined)[]): NdArray<T> {
    const shape = this.shape.map((extent, d) => (isIndex(at[d]) ? Math.trunc(at[d]) : extent));
    return new NdArray(this.data, shape, this.stride, this.offset);
  }

  /** Returns a view that begins at `at`. */
  lo(...at: readonly (number | null | undefined)[]): NdArray<T> {
    const starts = this.shape.map((_, d) => (isIndex(at[d]) ? Math.trunc(at[d]) : 0));
    const shape = this.shape.map((extent, d) => extent - (starts[d] ?? 0));
    return new NdArray(this.data, shape, this.stride, this.index(...starts));
  }

  /** Returns a view of every n-th element. Negative steps reverse a dimension. */
  step(...steps: readonly (number | null | undefined)[]): NdArray<T> {
    const shape = [...this.shape];
    const stride = [...this.stride];
    let offset = this.offset;
    for (const [d, step] of steps.entries()) {
      if (!isIndex(step)) continue;
      const [extent = 0, pace = 0] = [shape[d], stride[d]];
      if (step < 0) offset += pace * (extent - 1);
      shape[d] = Math.ceil(extent / Math.abs(step));
      stride[d] = pace * step;
    }
    return new NdArray(this.data, shape, stride, offset);
  }

  /** Returns a view with the dimensions in another order. Without arguments, the order is kept. */
  transpose(...dimensions: readonly (number | undefined)[]): NdArray<T> {
    const order = this.shape.map((_, d) => dimensions[d] ?? d);
    const take = (list: readonly number[]): number[] => order.map((d) => list[d] ?? 0);
    return new NdArray(this.data, take(this.shape), take(this.stride), this.offset);
  }

  /** Returns a view without the dimensions for which `at` has an index. */
  pick(...at: readonly (number | null | undefined)[]): NdArray<T> {
    const isKept = (_: number, d: number): boolean => !(isIndex(at[d]) && at[d] >= 0);
    const offset = at.reduce<number>(
      (sum, i, d) => (isIndex(i) && i >= 0 ? sum + Math.trunc(i) * (this.stride[d] ?? 0) : sum),
      this.offset,
    );
    return new NdArray(this.data, this.shape.filter(isKept), this.stride.filter(isKept), offset);
  }
}

function isIndex(value: number | null | undefined): value is number {
  return typeof value === 'number';
}

/**
 * Creates an array over `data`, without a copy.
 * @param shape Default: one dimension with all elements.
 * @param stride Default: contiguous, in C order.
 * @param offset position of the first element. Default: 0, or the end for negative strides.
 */
export default function ndarray<T>(
  data: Elements<T>,
  shape: readonly number[] = [data.length],
  stride: readonly number[] = contiguous(shape),
  offset?: number,
): NdArray<T> {
  const ofNegative = stride.reduce((sum, pace, d) => (pace < 0 ? sum - ((shape[d] ?? 1) - 1) * pace : sum), 0);
  return new NdArray(data, shape, stride, offset ?? ofNegative);
}

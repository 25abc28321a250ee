/**
 * Gives h5web the arrays of the server. Numbers are read with `/api/v1`: a coarse preview first if a slice is large,
 * and reduced if it is too large for h5web. Descriptions, texts and records come from `/api/v1`, too.
 * @module
 */
import {
  type AttributeValues,
  DataProviderApi,
  type Dataset,
  DTypeClass,
  type Entity,
  type ExportFormat,
  type ExportURL,
  hasChildren,
  isDataset,
  isGroup,
  type ProvidedEntity,
  parseShape,
  ShapeClass,
  type ValuesStoreParams,
} from '@h5web/app';
import { addressOf, joinPath, type QueryOf, requestJson } from '../api/client.js';
import type { ElementType } from '../api/routes.js';
import { readElements } from './elements.js';
import { attributeValues, type Described, toProvided } from './entities.js';
import {
  enlarge,
  parseSelection,
  previewFactor,
  reduceShape,
  selectedShape,
  selectionText,
  stepsFor,
} from './reduced.js';
import { scaledType } from './types.js';
import { emptyLike, readValues, toH5web, type Values } from './values.js';

/** Receives values that replace coarse ones. */
export interface Refinements {
  /** Called with the fraction of the elements that has arrived, from 0 to 1. */
  onProgress(part: number): void;
  /** Called with all elements. */
  onValue(params: ValuesStoreParams, value: unknown): void;
  /** Called if the elements will not arrive: another slice was chosen, or the read failed. */
  onEnd(params: ValuesStoreParams): void;
}

/** An array whose elements are numbers. */
interface Numeric {
  readonly shape: readonly number[];
  readonly steps: readonly number[];
  readonly isComplex: boolean;
  /** True if elements are read with scale and offset. h5web itself applies fill values and valid ranges only. */
  readonly isScaled: boolean;
}

/** Types whose elements are read as numbers. */
const numericClasses: ReadonlySet<DTypeClass> = new Set([
  DTypeClass.Integer,
  DTypeClass.Float,
  DTypeClass.Bool,
  DTypeClass.Enum,
  DTypeClass.Complex,
]);

/** Names of attributes with the scale and the offset of the CF conventions. */
const scaleNames: ReadonlySet<string> = new Set(['scale_factor', 'add_offset']);

/** Path of the array of a file that holds one array and no groups. */
const onlyArray = '/data';

/** Maximum number of elements of a slice, whatever the dimensions of the plot are. */
const maxElements = 1 << 25;

export class ArrayProvider extends DataProviderApi {
  readonly #isArray: boolean;
  readonly #decodesCf: boolean;
  readonly #arrays = new Map<string, Numeric>();
  readonly #attributes = new Map<string, AttributeValues>();
  #refinements: Refinements | null = null;
  #refining: AbortController | null = null;

  /**
   * @param file path of a file or store on the server.
   * @param isArray true if the file holds one array and no groups. It is then shown as a group with the array `data`.
   * @param decodesCf true if scale and offset of the CF conventions are applied.
   */
  constructor(file: string, isArray: boolean, decodesCf: boolean) {
    super(file);
    this.#isArray = isArray;
    this.#decodesCf = decodesCf;
  }

  /** Sets the receiver of values that replace coarse ones. Without it, no coarse values are returned. */
  connect(refinements: Refinements | null): void {
    this.#refinements = refinements;
    if (refinements === null) this.cancel();
  }

  /** Keeps the coarse values that are shown. */
  cancel(): void {
    this.#refining?.abort();
  }

  override async getEntity(path: string): Promise<ProvidedEntity> {
    const described = await this.#describe(path);
    this.#attributes.set(path, attributeValues(described));
    const entity = toProvided(described, path);
    if (isDataset(entity)) return this.#reduce(entity);
    if (!isGroup(entity) || !hasChildren(entity)) return entity;
    return { ...entity, children: entity.children.map((child) => (isDataset(child) ? this.#reduce(child) : child)) };
  }

  override async getValue(
    params: ValuesStoreParams,
    signal?: AbortSignal,
    onProgress: (part: number) => void = () => {},
  ): Promise<unknown> {
    const { dataset, selection } = params;
    const numeric = this.#arrays.get(dataset.path);
    if (numeric === undefined) {
      const { path, rawType } = dataset;
      return await readElements(this.#serverPath(path), rawType as ElementType, selection, signal);
    }
    const { steps, isComplex } = numeric;
    const entries = parseSelection(selection, steps.length);
    const shape = selectedShape(reduceShape(numeric.shape, steps), entries);
    const count = shape.reduce((product, size) => product * size, 1);
    if (count > maxElements) {
      throw new Error(`This slice has ${count} elements, more than can be shown. Choose other dimensions`);
    }
    const finish = (values: Values): unknown => toH5web(values, isComplex, steps.length === 0);
    const read = (distances: readonly number[], abort: AbortSignal | undefined, progress: (part: number) => void) =>
      readValues(this.#query(dataset, numeric, selectionText(entries, distances)), abort, progress);
    const factor = isComplex || this.#refinements === null ? 1 : previewFactor(shape);
    if (factor === 1) return finish(await read(steps, signal, onProgress));
    const coarse = await read(
      steps.map((step, d) => (entries[d] === null ? step * factor : step)),
      signal,
      onProgress,
    );
    const enlarged = emptyLike(coarse, count);
    enlarge(coarse, enlarged, shape, factor);
    this.#refine(params, signal, (abort, progress) => read(steps, abort, progress).then(finish));
    return finish(enlarged);
  }

  override async getAttrValues(entity: Entity): Promise<AttributeValues> {
    if (entity.attributes.length === 0) return {};
    return this.#attributes.get(entity.path) ?? attributeValues(await this.#describe(entity.path));
  }

  override getExportURL(
    format: ExportFormat,
    dataset: Dataset,
    selection?: string,
    write?: () => string,
  ): ExportURL | undefined {
    if (write !== undefined) return () => Promise.resolve(new Blob([write()]));
    const numeric = this.#arrays.get(dataset.path);
    if (numeric === undefined || (format !== 'npy' && format !== 'tiff')) return undefined;
    const { steps } = numeric;
    const all = steps.map(() => 1);
    // The export contains all elements, also if h5web shows a part of them.
    const entries = parseSelection(selection, steps.length).map((entry, d) =>
      entry === null ? null : entry * (steps[d] ?? 1),
    );
    const text = selectionText(entries, all);
    if (format === 'tiff') {
      const tiff = { file: this.filepath, path: dataset.path, selection: text, format };
      return new URL(`/h5grove/data?${new URLSearchParams(tiff)}`, location.origin);
    }
    const query = { ...this.#query(dataset, numeric, text), format } as const;
    return new URL(addressOf('read', query), location.origin);
  }

  override async getSearchablePaths(path: string): Promise<string[]> {
    if (this.#isArray) return ['/', onlyArray];
    const { paths } = await requestJson('paths', { path: this.#serverPath(path) });
    const parent = path === '/' ? '' : path;
    return [path, ...paths.map((found) => `${parent}/${found}`)];
  }

  /** Describes the object at a path in the file. */
  async #describe(path: string): Promise<Described> {
    const described = await requestJson('describe', { path: this.#serverPath(path) });
    if (described.kind === 'directory') throw new Error('Expected a file, found a directory');
    if (!this.#isArray || described.kind !== 'array') return described;
    const array = { ...described, name: onlyArray.slice(1) };
    if (path !== '/') return array;
    return { kind: 'group', name: '', format: described.format, attributes: [], members: [array] };
  }

  /** Returns the path on the server for a path in the file. */
  #serverPath(path: string): string {
    const inner = this.#isArray ? '' : path.replace(/^\/+/, '');
    return inner === '' ? this.filepath : joinPath(this.filepath, inner);
  }

  /** Returns the description of a dataset with the shape that h5web gets. */
  #reduce(dataset: Dataset): Dataset {
    const { path, shape, type, attributes } = dataset;
    if (shape.class === ShapeClass.Null || !numericClasses.has(type.class)) return dataset;
    const { dims } = shape;
    const steps = stepsFor(dims);
    const isScaled =
      this.#decodesCf &&
      (type.class === DTypeClass.Integer || type.class === DTypeClass.Float) &&
      attributes.some(({ name, type: given }) => scaleNames.has(name) && numericClasses.has(given.class));
    this.#arrays.set(path, { shape: dims, steps, isComplex: type.class === DTypeClass.Complex, isScaled });
    return { ...dataset, shape: parseShape(reduceShape(dims, steps)), type: isScaled ? scaledType : type };
  }

  #query({ path, type }: Dataset, { steps, isScaled }: Numeric, selection: string): QueryOf<'read'> {
    const query = { path: this.#serverPath(path), ...(steps.length === 0 ? {} : { selection }) };
    if (isScaled) return { ...query, decode: 'cf' };
    // JavaScript has no float16. The server reads float32 as such.
    return type.class === DTypeClass.Float && type.size < 64 ? { ...query, as: 'float32' } : query;
  }

  /** Reads all elements of a slice whose coarse elements are shown. Ends the read of the slice before. */
  #refine(
    params: ValuesStoreParams,
    signal: AbortSignal | undefined,
    read: (signal: AbortSignal, onProgress: (part: number) => void) => Promise<unknown>,
  ): void {
    this.#refining?.abort();
    const controller = new AbortController();
    this.#refining = controller;
    signal?.addEventListener('abort', () => controller.abort(), { once: true });
    const target = this.#refinements;
    target?.onProgress(0);
    read(controller.signal, (part) => {
      if (!controller.signal.aborted) target?.onProgress(part);
    })
      .then((value) => target?.onValue(params, value))
      .catch(() => target?.onEnd(params))
      .finally(() => {
        if (this.#refining === controller) this.#refining = null;
      });
  }
}

/**
 * Defines the description of the elements of a dataset.
 * @module
 */
import type { FillValue } from '../../core/fill.js';
import type { Io } from '../../io/io.js';
import type { VirtualSources } from '../descriptor.js';
import type { Layer } from '../format.js';
import type { Datatype } from '../hdf5-facts.js';
import type { ElementType } from './element-type.js';
import type { Hdf5File } from './file.js';
import type { Dataspace } from './messages/dataspace.js';
import type { FillMessage } from './messages/fill.js';
import type { ObjectHeader } from './object-header.js';

/** Description of the elements of a dataset: their type and shape, and the layers from which they are read. */
export interface DatasetElements {
  readonly space: Dataspace;
  readonly datatype: Datatype;
  readonly type: ElementType;
  /** True if the elements are in other datasets. */
  readonly isVirtual: boolean;
  /** The other datasets; absent if the dataset is not virtual. */
  readonly virtualSources?: VirtualSources;
  /** Shape with the dimensions inside an element. */
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly fillMessage: FillMessage | null;
  readonly fillValue: FillValue;
  /** Files that must not change while the dataset is open. */
  readonly guardedFiles: readonly string[];
  /** Returns the layers that supply the elements of the box [start, stop). */
  layers(start: readonly number[], stop: readonly number[]): Io<readonly Layer[]>;
  /** Forgets the file at `path`, which was replaced. */
  readonly forget?: (path: string) => void;
}

/** The virtual datasets through which a dataset is read. */
export interface Nesting {
  /** Files and addresses of the virtual datasets, from the outermost to the innermost one. */
  readonly chain: readonly string[];
  /** Number of sources that the current read has opened. */
  readonly lookups: { count: number };
}

/** Describes the elements of the dataset with the object header `header`. Reads metadata only. */
export type ReadElements = (file: Hdf5File, header: ObjectHeader, nesting?: Nesting) => Io<DatasetElements>;

/** Properties of a dataset that do not depend on its storage. */
export type DatasetFacts = Pick<DatasetElements, 'space' | 'datatype' | 'type' | 'fillMessage'>;

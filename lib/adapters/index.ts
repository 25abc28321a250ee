/**
 * posix-par/adapters: passes results of posix-par to other packages. You pass the package to the adapter, so this entry
 * depends on none of them.
 * @module
 * @example
 * import { toArrow } from 'posix-par/adapters';
 * import * as arrow from 'apache-arrow';
 * const column = toArrow(await array.read(), arrow);
 */
export { type ArrowModule, toArrow } from './arrow.js';
export { toNdarray } from './ndarray.js';
export { type OnnxTensorConstructor, toOnnxTensor } from './onnx.js';
export type { ArrayData } from './result.js';
export { type TensorFlowModule, toTfTensor } from './tensorflow.js';
export { viewAsReal } from './view-as-real.js';

/**
 * Writes numbers as CSV, in the form of `numpy.savetxt`.
 * @module
 */
import type { AsyncReadOptions } from '../../api/options.js';
import type { ReadableArray } from '../../api/readable-array.js';
import { type DType, dtypeInfo, isComplex, type TypedArray } from '../../core/dtype.js';
import { elementsPerPart } from '../api/element-body.js';
import type { ApiSource } from '../api/endpoint.js';
import { partsOf } from '../api/parts.js';
import { elementsContent, sendHeld } from '../held-body.js';
import type { Body } from '../http/reply.js';

/** Number of digits after the decimal point, as in the format `%.18e` of `numpy.savetxt`. */
const digits = 18;
/** More digits, to find numbers that are exactly in the middle between two texts. */
const exactDigits = 60;
/** Number of elements of a piece. */
const pieceElements = 1 << 13;

/** Formats a number like `%.18e` of C. Of two texts that are equally close, chooses the one with an even last digit. */
export function formatExponential(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const exact = Math.abs(value).toExponential(exactDigits);
  const [mantissa = '', exponent = '+0'] = exact.split('e');
  const rest = mantissa.slice(digits + 2);
  const isTie = /^50*$/.test(rest);
  const isEven = Number(mantissa[digits + 1]) % 2 === 0;
  const isShortened = isTie && isEven;
  const rounded = isShortened ? [] : Math.abs(value).toExponential(digits).split('e');
  const [text = mantissa.slice(0, digits + 2), power = exponent] = rounded;
  return `${sign}${text}e${power[0]}${power.slice(1).padStart(2, '0')}`;
}

function formatComplex(real: number, imaginary: number): string {
  const [a, b] = [formatExponential(real), formatExponential(imaginary)];
  return ` (${a}${b.startsWith('-') ? '' : '+'}${b}j)`;
}

const utf8 = new TextEncoder();

/**
 * Yields elements as text, in pieces.
 * @param start position of the first element in the array.
 * @param width number of elements of a line.
 */
function* csvPieces(data: TypedArray, dtype: DType, start: number, width: number): Generator<Uint8Array> {
  const isPair = isComplex(dtype);
  const count = isPair ? data.length / 2 : data.length;
  const textAt = (i: number): string =>
    isPair ? formatComplex(Number(data[2 * i]), Number(data[2 * i + 1])) : formatExponential(Number(data[i]));
  for (let at = 0; at < count; at += pieceElements) {
    let text = '';
    for (let i = at; i < Math.min(count, at + pieceElements); i++) {
      text += `${textAt(i)}${(start + i + 1) % width === 0 ? '\n' : ','}`;
    }
    yield utf8.encode(text);
  }
}

/** Creates a body with the elements of an array of one or two dimensions, one row per line. */
export function csvBody(source: ApiSource, array: ReadableArray, dtype: DType, options: AsyncReadOptions): Body {
  const width = array.shape.length === 2 ? (array.shape[1] ?? 1) : 1;
  const budget = elementsPerPart(source, dtype);
  const bytes = Math.min(budget, array.size) * dtypeInfo(dtype).size;
  return {
    length: null,
    hasRanges: false,
    compressible: 'data',
    async *open(_span, signal) {
      let start = 0;
      for (const part of array.size === 0 ? [] : partsOf(array, budget)) {
        yield* sendHeld(source.admission, bytes, signal, async () => {
          const { data } = await array.read(part, { ...options, signal });
          const first = start;
          start += isComplex(dtype) ? data.length / 2 : data.length;
          return { ...elementsContent(data), pieces: csvPieces(data, dtype, first, width) };
        });
      }
    },
  };
}

/**
 * Parses the layout of a file on Lustre: how the file is striped over object storage targets (OSTs). The attribute
 * `lustre.lov` (or `trusted.lov`) contains a `lov_user_md_v1`, `lov_user_md_v3` or `lov_comp_md_v1`
 * (lustre/include/uapi/linux/lustre/lustre_user.h). `lfs getstripe` prints the same data.
 * @module
 */

/** Layout of one range of a file. */
export interface LustreComponent {
  /** First byte of the range. */
  readonly start: number;
  /** First byte after the range; Infinity for the end of the file. */
  readonly end: number;
  /** Number of consecutive bytes on one OST. */
  readonly stripeBytes: number;
  /**
   * Number of OSTs. -1 means all OSTs (in the default layout of a directory). 0 means that there is no object yet, or
   * that the data is on the metadata server.
   */
  readonly stripeCount: number;
  /** Pattern: `raid0`, `mdt` (data on the metadata server), `overstriped`, `released` (to an archive), ... */
  readonly pattern: string;
  /** Pool of OSTs; '' if there is none. */
  readonly pool: string;
  /** Indices of the OSTs in stripe order; empty if no object exists yet. */
  readonly osts: readonly number[];
  /** Number of the mirror; 0 for a file without mirrors. */
  readonly mirror: number;
  /** True if the objects exist (LCME_FL_INIT). They do not exist in a component that was never written. */
  readonly initialised: boolean;
  /** True if the copy is out of date (LCME_FL_STALE). */
  readonly stale: boolean;
}

/** Layout of a file, or default layout of a directory. */
export interface LustreLayout {
  readonly kind: 'v1' | 'v3' | 'composite' | 'foreign' | 'unknown';
  /**
   * Stripe size; null if the layout could not be parsed or has no stripe size. For a composite layout, it is the stripe
   * size of one component of the first mirror: the last component with objects, which usually contains most of the
   * file. If no component has objects, it is the last component.
   */
  readonly stripeBytes: number | null;
  readonly stripeCount: number | null;
  /** Number of copies of the file. */
  readonly mirrors: number;
  readonly components: readonly LustreComponent[];
}

const magics = {
  v1: 0x0bd10bd0,
  v3: 0x0bd30bd0,
  specific: 0x0bd50bd0,
  composite: 0x0bd60bd0,
  foreign: 0x0bd70bd0,
  selection: 0x0bd80bd0,
} as const;

const flags = { stale: 0x1, initialised: 0x10 } as const;
const maxComponents = 4096;

/** Bits of lmm_pattern. Bits without a name are ignored. */
const patterns: readonly [bit: number, name: string][] = [
  [0x1, 'raid0'],
  [0x2, 'raid1'],
  [0x4, 'parity'],
  [0x100, 'mdt'],
  [0x200, 'overstriped'],
  [0x400, 'foreign'],
  [0x800, 'compressed'],
  [0x80000000, 'released'],
];

function patternName(pattern: number): string {
  const found = patterns.filter(([bit]) => (pattern & bit) !== 0).map(([, name]) => name);
  return found.length === 0 ? `0x${(pattern >>> 0).toString(16)}` : found.join(',');
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly mirror: number;
  readonly flags: number;
}

/** Parses a plain layout. Returns null if it is of an unknown kind or does not fit into `view`. */
function parsePlain(view: DataView, little: boolean, range: Range): LustreComponent | null {
  if (view.byteLength < 32) return null;
  const magic = view.getUint32(0, little);
  const named = magic === magics.v3 || magic === magics.specific;
  if (!named && magic !== magics.v1) return null;
  const first = named ? 48 : 32;
  if (view.byteLength < first) return null;
  const count = view.getUint16(28, little);
  const osts: number[] = [];
  // In the layout of a directory or of a component without objects, the list is missing.
  const present = Math.min(count === 0xffff ? 0 : count, Math.floor((view.byteLength - first) / 24));
  for (let i = 0; i < present; i++) osts.push(view.getUint32(first + i * 24 + 20, little));
  const name = named ? new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + 32, 16)) : '';
  return {
    start: range.start,
    end: range.end,
    stripeBytes: view.getUint32(24, little),
    stripeCount: count === 0xffff ? -1 : count,
    pattern: patternName(view.getUint32(4, little)),
    pool: name.replace(/\0.*$/s, ''),
    osts,
    mirror: range.mirror,
    initialised: (range.flags & flags.initialised) !== 0,
    stale: (range.flags & flags.stale) !== 0,
  };
}

/** Parses an offset. 2^64 - 1 means the end of the file. Other offsets above 2^53 are inexact. */
function parseOffset(view: DataView, at: number, little: boolean): number {
  const value = view.getBigUint64(at, little);
  return value === 0xffffffffffffffffn ? Infinity : Number(value);
}

function parseComposite(view: DataView, little: boolean): LustreLayout {
  const components: LustreComponent[] = [];
  const count = Math.min(view.getUint16(14, little), maxComponents);
  for (let i = 0; i < count; i++) {
    const at = 32 + i * 48;
    if (at + 48 > view.byteLength) break;
    const [blob, size] = [view.getUint32(at + 24, little), view.getUint32(at + 28, little)];
    if (blob + size > view.byteLength) continue;
    const range: Range = {
      start: parseOffset(view, at + 8, little),
      end: parseOffset(view, at + 16, little),
      mirror: (view.getUint32(at, little) >>> 16) & 0x7fff,
      flags: view.getUint32(at + 4, little),
    };
    const component = parsePlain(new DataView(view.buffer, view.byteOffset + blob, size), little, range);
    if (component !== null) components.push(component);
  }
  const mirror = components[0]?.mirror ?? 0;
  const own = components.filter((component) => component.mirror === mirror);
  const main = own.findLast((component) => component.initialised && component.osts.length > 0) ?? own.at(-1);
  return {
    kind: 'composite',
    stripeBytes: main?.stripeBytes ?? null,
    stripeCount: main?.stripeCount ?? null,
    mirrors: view.getUint16(16, little) + 1,
    components,
  };
}

/**
 * Parses the attribute. If the bytes are inconsistent, returns the valid parts, or a layout of kind `unknown` without
 * components. The result is for display only; reads do not depend on it.
 */
export function parseLustreLayout(bytes: Uint8Array): LustreLayout {
  const none: LustreLayout = { kind: 'unknown', stripeBytes: null, stripeCount: null, mirrors: 0, components: [] };
  if (bytes.byteLength < 32) return none;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The attribute has the byte order of the host that wrote it. The magic number shows which byte order that is.
  const little = (view.getUint32(0, true) & 0xffff) === 0x0bd0;
  const magic = view.getUint32(0, little);
  if (magic === magics.composite || magic === magics.selection) {
    return parseComposite(view, little);
  }
  if (magic === magics.foreign) return { ...none, kind: 'foreign', mirrors: 1 };
  const component = parsePlain(view, little, { start: 0, end: Infinity, mirror: 0, flags: flags.initialised });
  if (component === null) return none;
  return {
    kind: magic === magics.v1 ? 'v1' : 'v3',
    stripeBytes: component.stripeBytes,
    stripeCount: component.stripeCount,
    mirrors: 1,
    components: [component],
  };
}

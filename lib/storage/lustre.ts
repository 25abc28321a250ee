/**
 * The layout of a file on Lustre: how it is striped over the object storage targets (OSTs).
 * The attribute `lustre.lov` (or `trusted.lov`) holds a `lov_user_md_v1`, `lov_user_md_v3` or `lov_comp_md_v1`
 * (lustre/include/uapi/linux/lustre/lustre_user.h), which `lfs getstripe` prints.
 * @module
 */

/** How one range of a file lies on the OSTs. */
export interface LustreComponent {
  /** First byte of the range, and the first behind it; Infinity for the end of the file. */
  readonly start: number;
  readonly end: number;
  /** Bytes on one OST before the next one follows. */
  readonly stripeBytes: number;
  /** OSTs; -1 means all (the default layout of a directory). 0: none yet, or the data is on the metadata server. */
  readonly stripeCount: number;
  /** `raid0`, `mdt` (data on the metadata server), `overstriped`, `released` (to an archive), ... */
  readonly pattern: string;
  /** The pool of OSTs, '' for none. */
  readonly pool: string;
  /** Indices of the OSTs in stripe order; empty where no object exists yet. */
  readonly osts: readonly number[];
  /** Number of the mirror, 0 for a file without mirrors. */
  readonly mirror: number;
  /** Whether the objects exist (LCME_FL_INIT); a component that was never written has none. */
  readonly initialised: boolean;
  /** Whether the copy is out of date (LCME_FL_STALE). */
  readonly stale: boolean;
}

/** The layout of a file, or the default one of a directory. */
export interface LustreLayout {
  readonly kind: 'v1' | 'v3' | 'composite' | 'foreign' | 'unknown';
  /** Of the component that holds most of the file: the last of the first mirror that has objects, else the last. */
  readonly stripeBytes: number | null;
  readonly stripeCount: number | null;
  /** Copies of the file. */
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

/** Bits of lmm_pattern; what has no name is left out. */
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

/** Reads one plain layout; null when it does not lie wholly in `view` or is of an unknown kind. */
function plain(view: DataView, little: boolean, range: Range): LustreComponent | null {
  if (view.byteLength < 32) return null;
  const magic = view.getUint32(0, little);
  const named = magic === magics.v3 || magic === magics.specific;
  if (!named && magic !== magics.v1) return null;
  const first = named ? 48 : 32;
  if (view.byteLength < first) return null;
  const count = view.getUint16(28, little);
  const osts: number[] = [];
  // A directory's layout, and a component without objects, end before the list.
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

/** 2^64 - 1 is the end of the file; other offsets above 2^53 lose their last digits and stay large. */
function offset(view: DataView, at: number, little: boolean): number {
  const value = view.getBigUint64(at, little);
  return value === 0xffffffffffffffffn ? Infinity : Number(value);
}

function composite(view: DataView, little: boolean): LustreLayout {
  const components: LustreComponent[] = [];
  const count = Math.min(view.getUint16(14, little), maxComponents);
  for (let i = 0; i < count; i++) {
    const at = 32 + i * 48;
    if (at + 48 > view.byteLength) break;
    const [blob, size] = [view.getUint32(at + 24, little), view.getUint32(at + 28, little)];
    if (blob + size > view.byteLength) continue;
    const range: Range = {
      start: offset(view, at + 8, little),
      end: offset(view, at + 16, little),
      mirror: (view.getUint32(at, little) >>> 16) & 0x7fff,
      flags: view.getUint32(at + 4, little),
    };
    const component = plain(new DataView(view.buffer, view.byteOffset + blob, size), little, range);
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
 * The layout in the bytes of the attribute. Bytes that contradict themselves give what of them fits, at worst
 * `unknown` without components: the answer is for people to look at, and never decides where bytes are read from.
 */
export function parseLustreLayout(bytes: Uint8Array): LustreLayout {
  const none: LustreLayout = { kind: 'unknown', stripeBytes: null, stripeCount: null, mirrors: 0, components: [] };
  if (bytes.byteLength < 32) return none;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Documented as of the host's byte order; the magic number says which one that was.
  const little = (view.getUint32(0, true) & 0xffff) === 0x0bd0;
  const magic = view.getUint32(0, little);
  if (magic === magics.composite || magic === magics.selection) {
    return composite(view, little);
  }
  if (magic === magics.foreign) return { ...none, kind: 'foreign', mirrors: 1 };
  const component = plain(view, little, { start: 0, end: Infinity, mirror: 0, flags: flags.initialised });
  if (component === null) return none;
  return {
    kind: magic === magics.v1 ? 'v1' : 'v3',
    stripeBytes: component.stripeBytes,
    stripeCount: component.stripeCount,
    mirrors: 1,
    components: [component],
  };
}

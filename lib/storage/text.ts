/**
 * Parses small texts of /proc and /sys. The parsers read no files, so that tests can supply texts of other machines.
 * They ignore unknown lines, because new kernels add lines.
 * @module
 */

/** Parses a non-negative decimal integer; returns null for anything else. */
export function parseCount(text: string | null | undefined): number | null {
  const trimmed = text?.trim() ?? '';
  if (!/^\d+$/.test(trimmed)) return null;
  const value = Number(trimmed);
  return Number.isSafeInteger(value) ? value : null;
}

/** Parses `name value` and `name: value` lines. The unit `kB` is converted to bytes (meminfo, vmstat, memory.stat). */
export function parseNumbers(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, name, digits, unit] = /^([^\s:]+):?\s+(\d+)(?:\s+(kB))?\s*$/.exec(line) ?? [];
    const value = parseCount(digits);
    if (name !== undefined && value !== null) found.set(name, unit === 'kB' ? value * 1024 : value);
  }
  return found;
}

/** Share of the time in which tasks waited for a resource (Documentation/accounting/psi.rst). */
export interface Pressure {
  /** Share of the last 10 seconds, in percent. */
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  /** Microseconds in which tasks waited, since the machine started. */
  readonly totalUs: number;
}

/** The two lines of a /proc/pressure file: times in which at least one task waited, and in which all tasks waited. */
export interface ResourcePressure {
  readonly some: Pressure | null;
  readonly full: Pressure | null;
}

/** Parses a file of /proc/pressure. */
export function parsePressure(text: string): ResourcePressure {
  const lines = text.split('\n').map((line) => line.split(' '));
  const line = (name: string): Pressure | null => {
    const fields = lines.find(([first]) => first === name)?.map((field) => field.split('=')) ?? [];
    const number = (key: string): number => Number(fields.find(([known]) => known === key)?.[1] ?? Number.NaN);
    const pressure = {
      avg10: number('avg10'),
      avg60: number('avg60'),
      avg300: number('avg300'),
      totalUs: number('total'),
    };
    return Object.values(pressure).some(Number.isNaN) ? null : pressure;
  };
  return { some: line('some'), full: line('full') };
}

/**
 * Parses a list of choices in which brackets mark the selected one, such as `[mq-deadline] none`. The selection is null
 * if there are several choices and no brackets.
 */
export function parseChoice(text: string): { readonly chosen: string | null; readonly choices: readonly string[] } {
  const words = text
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  const chosen = words.find((word) => /^\[.*\]$/.test(word));
  // A device without its own queue reports `none` without brackets.
  const only = words.length === 1 ? words[0] : undefined;
  const bare = (word: string): string => word.replace(/^\[|\]$/g, '');
  return { chosen: chosen === undefined ? (only ?? null) : bare(chosen), choices: words.map(bare) };
}

/** Decodes the octal escapes of /proc/mounts (`\040` is a space). */
export function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text;
  // Escapes are bytes of UTF-8, and the other characters are already decoded.
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (const [piece, octal] of text.matchAll(/\\([0-3][0-7]{2})|[\s\S]/gu)) {
    if (octal === undefined) bytes.push(...encoder.encode(piece));
    else bytes.push(Number.parseInt(octal, 8));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/**
 * Converts a list of options, such as `a=b` and `c`, to a map. An option without a value has the value ''. If an option
 * repeats, the last one is used.
 */
export function parseOptions(options: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    options.map((option) => {
      const equals = option.indexOf('=');
      return equals < 0 ? [option, ''] : [option.slice(0, equals), option.slice(equals + 1)];
    }),
  );
}

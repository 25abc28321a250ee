/**
 * Letters of 5 × 7 pixels, for the numbers and units below the scale bar of a picture.
 * @module
 */

/** Width and height of a letter in pixels. */
export const glyphSize = { width: 5, height: 7 } as const;

/**
 * Each entry is a character and its seven rows from top to bottom. A row has two hexadecimal digits, whose lowest five
 * bits are the pixels from left to right.
 */
const table = `
00e11131519110e 1040c040404040e 20e11010204081f 31f02040201110e 402060a121f0202 51f101e0101110e 60608101e11110e
71f010204080808 80e11110e11110e 90e11110f01020c A0e11111f111111 B1e11111e11111e C0e11101010110e D1c12111111121c
E1f10101e10101f F1f10101e101010 G0e11101711110f H1111111f111111 I0e04040404040e J0702020202120c K11121418141211
L1010101010101f M111b1515111111 N11111915131111 O0e11111111110e P1e11111e101010 Q0e11111115120d R1e11111e141211
S0f10100e01011e T1f040404040404 U1111111111110e V11111111110a04 W1111111515150a X11110a040a1111 Y11110a04040404
Z1f01020408101f a00000e010f110f b10101e1111111e c00000e1010110e d01010f1111110f e00000e111f100e f0609081c080808
g00000f110f010e h10101619111111 i04000c0404040e j0200060202120c k10101214181412 l0c04040404040e m00001a15151515
n00001619111111 o00000e1111110e p00001e111e1010 q00000f110f0101 r00001619101010 s00000f100e011e t08081c08080906
u0000111111130d v00001111110a04 w0000111115150a x0000110a040a11 y000011110f010e z00001f0204081f .00000000000c0c
,000000000c0408 -0000001f000000 +0004041f040400 /00010204081000 *0004150e150400 %18190204081303 ^040a1100000000
_0000000000001f (02040808080402 )08040202020408 [0e08080808080e ]0e02020202020e :000c0c000c0c00 ?0e110102040004
°0c12120c000000 μ00001111131d10 Ω000e1111110a1b
`;

const glyphs = new Map(
  table
    .trim()
    .split(/\s+/)
    .map((entry) => [entry.charAt(0), entry.slice(1)]),
);

/**
 * Returns the text with characters that can be drawn. Superscripts become digits, and other characters without a glyph
 * question marks.
 */
export function drawableText(text: string): string {
  return Array.from(text.normalize('NFKC'), (char) => (char === ' ' || glyphs.has(char) ? char : '?')).join('');
}

/** Calls `mark` with the position of each dark pixel of a letter; a space has none. */
export function drawGlyph(char: string, mark: (x: number, y: number) => void): void {
  const rows = glyphs.get(char);
  if (rows === undefined) return;
  for (let y = 0; y < glyphSize.height; y++) {
    const bits = Number.parseInt(rows.slice(2 * y, 2 * y + 2), 16);
    for (let x = 0; x < glyphSize.width; x++) if (((bits >> (glyphSize.width - 1 - x)) & 1) === 1) mark(x, y);
  }
}

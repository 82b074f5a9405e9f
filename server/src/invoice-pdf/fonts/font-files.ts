import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { create } from 'fontkit';

/**
 * The families that text is set in, in order of preference. The first has Latin, Greek, Cyrillic and Devanagari; `sc` has
 * Han characters, of China, Taiwan and Japan alike, and the Japanese syllables. Each is cut into files by stretches of
 * code points, so that a page reads a few of hundreds.
 */
const families = [
  'noto-sans',
  'noto-sans-arabic',
  'noto-sans-hebrew',
  'noto-sans-armenian',
  'noto-sans-georgian',
  'noto-sans-thai',
  'noto-sans-bengali',
  'noto-sans-tamil',
  'noto-sans-telugu',
  'noto-sans-sc',
  'noto-sans-kr',
] as const;

/** Where a family says that a file has these code points, both ends included. */
interface Claim {
  first: number;
  last: number;
  file: string;
}

const { resolve } = createRequire(import.meta.url);

let claims: Claim[] | undefined;

function claimsOf(family: string): Claim[] {
  const folder = dirname(resolve(`@fontsource-variable/${family}/package.json`));
  const ranges: Record<string, string> = JSON.parse(readFileSync(join(folder, 'unicode.json'), 'utf8'));
  return Object.entries(ranges).flatMap(([subset, text]) => {
    // Numbered subsets stand in brackets there, and without in the file's name.
    const file = join(folder, 'files', `${family}-${subset.replace(/[[\]]/g, '')}-wght-normal.woff2`);
    return text.split(',').map((range) => {
      const [first = 0, last = first] = range
        .slice(2)
        .split('-')
        .map((digits) => Number.parseInt(digits, 16));
      return { first, last, file };
    });
  });
}

/** A file and what is in it: families claim more code points for a file than it has. */
interface FontFile {
  bytes: Buffer;
  code_points: ReadonlySet<number>;
}

const read = new Map<string, FontFile>();

/** A font file, read once: all of them together are under 20 MB. */
export function readFontFile(file: string): FontFile {
  const known = read.get(file);
  if (known !== undefined) return known;
  const bytes = readFileSync(file);
  const font = create(bytes);
  if (!('characterSet' in font)) throw new Error(`${file} is a collection of fonts`);
  const made = { bytes, code_points: new Set(font.characterSet) };
  read.set(file, made);
  return made;
}

/** The first file of the order of preference that has a code point; undefined where none has it. */
export function fileOf(code_point: number): string | undefined {
  claims ??= families.flatMap(claimsOf);
  const claiming = claims.filter(({ first, last }) => first <= code_point && code_point <= last);
  return claiming.find(({ file }) => hasCodePoint(file, code_point))?.file;
}

/** Whether a file has a code point. */
export function hasCodePoint(file: string, code_point: number): boolean {
  return readFontFile(file).code_points.has(code_point);
}

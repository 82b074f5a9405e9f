import subsetFont from 'subset-font';
import { readFontFile } from './font-files.ts';
import { fontRuns } from './font-runs.ts';

/** How heavy text is set, as the axis of the fonts has it. */
const WEIGHTS = { regular: 400, strong: 600 } as const;
export type Weight = keyof typeof WEIGHTS;

/** A font file at one weight. */
export interface DocumentFont {
  /** What it is registered as. */
  name: string;
  bytes: Buffer;
}

/** The name of a font by its file and weight. */
export function fontName(file: string, weight: Weight): string {
  return `${file} ${weight}`;
}

/**
 * The fonts for a document that consists of these texts, at both weights. The variable ones become fixed, because a PDF
 * embeds fonts without axes.
 */
export async function documentFonts(texts: Iterable<string>): Promise<DocumentFont[]> {
  const files = new Set<string>();
  for (const text of texts) for (const run of fontRuns(text)) files.add(run.file);
  const fonts: DocumentFont[] = [];
  // In one order, so that the same document has the same bytes.
  for (const file of [...files].sort())
    for (const weight of ['regular', 'strong'] as const)
      fonts.push({ name: fontName(file, weight), bytes: await fixedFont(file, weight) });
  return fonts;
}

const fixed = new Map<string, Promise<Buffer>>();

/** A font file at a weight, with all that is in it; made once. */
function fixedFont(file: string, weight: Weight): Promise<Buffer> {
  const name = fontName(file, weight);
  const known = fixed.get(name);
  if (known !== undefined) return known;
  const { bytes, code_points } = readFontFile(file);
  const text = Array.from(code_points, (code_point) => String.fromCodePoint(code_point)).join('');
  const variationAxes = { wght: WEIGHTS[weight] };
  const making = subsetFont(bytes, text, { targetFormat: 'truetype', variationAxes });
  fixed.set(name, making);
  // What failed for want of memory may be made another time.
  making.catch(() => fixed.delete(name));
  return making;
}

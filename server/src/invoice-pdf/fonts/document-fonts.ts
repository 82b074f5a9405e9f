import subsetFont from 'subset-font';
import { readFontFile } from './font-files.ts';
import { fontRuns } from './font-runs.ts';

/** How heavy text is set, as the axis of the fonts has it. */
export const WEIGHTS = { regular: 400, strong: 600 } as const;
export type Weight = keyof typeof WEIGHTS;

/** A font that has what a document needs of one file, at one weight. */
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
 * The fonts for a document that consists of these texts. The variable ones become fixed at each weight and keep only what
 * is used, because a page embeds fonts without axes, and a PDF of a hundred Han characters has no room for thousands.
 */
export async function documentFonts(texts: Iterable<string>): Promise<DocumentFont[]> {
  const used = new Map<string, Set<string>>();
  for (const text of texts)
    for (const run of fontRuns(text)) {
      const characters = used.get(run.file) ?? new Set();
      for (const character of run.text) characters.add(character);
      used.set(run.file, characters);
    }
  const fonts: DocumentFont[] = [];
  for (const [file, characters] of used) {
    // In one order, so that the same document has the same bytes.
    const text = [...characters].sort().join('');
    for (const weight of ['regular', 'strong'] as const) {
      const variationAxes = { wght: WEIGHTS[weight] };
      const bytes = await subsetFont(readFontFile(file).bytes, text, {
        targetFormat: 'truetype',
        variationAxes,
      });
      fonts.push({ name: fontName(file, weight), bytes });
    }
  }
  return fonts;
}

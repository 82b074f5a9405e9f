import LineBreaker from 'linebreak';
import { type DocumentFont, fontName, type Weight } from './fonts/document-fonts.ts';
import { visualRuns } from './fonts/visual-runs.ts';

/** How text is set. */
export interface TextStyle {
  /** In points. */
  size: number;
  weight: Weight;
  colour: string;
}

/** Where text stands: `y` is the top of its first line. */
export interface TextPlace {
  x: number;
  y: number;
  /** Lines end here at the latest; within it they are aligned. */
  width: number;
  align?: 'left' | 'right';
}

/** Of a line, in sizes of its text. */
const LINE_HEIGHT = 1.45;
const BASELINE = 1.08;

/** Sets text of any script on the pages of a document, in the fonts that were made for it. */
export class Typesetter {
  readonly #pdf: PDFKit.PDFDocument;

  constructor(pdf: PDFKit.PDFDocument, fonts: readonly DocumentFont[]) {
    this.#pdf = pdf;
    for (const { name, bytes } of fonts) pdf.registerFont(name, bytes);
  }

  lineHeight({ size }: TextStyle): number {
    return size * LINE_HEIGHT;
  }

  /** How wide a text is on one line. */
  width(text: string, style: TextStyle): number {
    return visualRuns(text).reduce((sum, run) => sum + this.#runWidth(run.file, run.text, style), 0);
  }

  /** Sets a text in as many lines as it takes, and answers how high they are together. */
  set(text: string, style: TextStyle, place: TextPlace): number {
    const lines = this.wrap(text, style, place.width);
    for (const [index, line] of lines.entries())
      this.setLine(line, style, { ...place, y: place.y + index * this.lineHeight(style) });
    return lines.length * this.lineHeight(style);
  }

  /** The lines of a text, none wider than `width`: words that are wider are cut. At least one. */
  wrap(text: string, style: TextStyle, width: number): string[] {
    const lines: string[] = [];
    let line = '';
    const end = () => {
      lines.push(line.trimEnd());
      line = '';
    };
    for (const { word, required } of wordsOf(text)) {
      if (line !== '' && this.width((line + word).trimEnd(), style) > width) end();
      line += word;
      while (line !== '' && this.width(line.trimEnd(), style) > width)
        line = this.#cut(line, style, width, lines);
      if (required) end();
    }
    if (line !== '' || lines.length === 0) end();
    return lines;
  }

  /** Puts as much of a line that is too wide as fits into `lines`, one letter at least, and answers the rest. */
  #cut(line: string, style: TextStyle, width: number, lines: string[]): string {
    const letters = Array.from(new Intl.Segmenter('en').segment(line), ({ segment }) => segment);
    let count = 1;
    while (count < letters.length && this.width(letters.slice(0, count + 1).join(''), style) <= width)
      count += 1;
    lines.push(letters.slice(0, count).join(''));
    return letters.slice(count).join('');
  }

  /** Sets a text on one line, however wide that is. */
  setLine(line: string, style: TextStyle, { x, y, width, align = 'left' }: TextPlace): void {
    let at = align === 'left' ? x : x + width - this.width(line, style);
    this.#pdf.fillColor(style.colour);
    for (const run of visualRuns(line)) {
      const run_width = this.#runWidth(run.file, run.text, style);
      this.#pdf.text(run.text, at, y + style.size * BASELINE, { lineBreak: false, baseline: 'alphabetic' });
      at += run_width;
    }
  }

  /** Leaves the run's font set. */
  #runWidth(file: string, text: string, { size, weight }: TextStyle): number {
    return this.#pdf.font(fontName(file, weight)).fontSize(size).widthOfString(text);
  }
}

/** A text cut where a line may end, or must. */
function wordsOf(text: string): { word: string; required: boolean }[] {
  const breaker = new LineBreaker(text);
  const words: { word: string; required: boolean }[] = [];
  let start = 0;
  for (let place = breaker.nextBreak(); place !== null; place = breaker.nextBreak()) {
    const word = text.slice(start, place.position).replace(/\p{Cc}/gu, '');
    words.push({ word, required: place.required && place.position < text.length });
    start = place.position;
  }
  return words;
}

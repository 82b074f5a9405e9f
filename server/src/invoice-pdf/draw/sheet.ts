import type { Palette } from '../colours.ts';
import type { InvoiceDocument } from '../invoice-document.ts';
import type { PageWords } from '../page-words.ts';
import type { TextStyle, Typesetter } from '../typesetter.ts';

/** A4 in points, and what stays free around it. */
export const PAGE = { width: 595.28, height: 841.89, margin: 48, bottom: 72 } as const;
export const CONTENT_WIDTH = PAGE.width - 2 * PAGE.margin;

/** Where things are drawn, and with what. `y` is how far down the page is full. */
export interface Sheet {
  pdf: PDFKit.PDFDocument;
  type: Typesetter;
  words: PageWords;
  palette: Palette;
  document: InvoiceDocument;
  y: number;
}

/** The styles that the page is set in. */
export function stylesOf({ ink, muted, accent_text }: Palette) {
  const style = (size: number, weight: TextStyle['weight'], colour: string): TextStyle => ({
    size,
    weight,
    colour,
  });
  return {
    title: style(21, 'strong', ink),
    brand: style(19, 'strong', accent_text),
    due: style(17, 'strong', accent_text),
    label: style(7.5, 'regular', muted),
    heading: style(8, 'strong', muted),
    text: style(9.5, 'regular', ink),
    strong: style(9.5, 'strong', ink),
    small: style(8, 'regular', muted),
    total: style(11.5, 'strong', ink),
    badge: style(8, 'strong', '#ffffff'),
  };
}

/** What a document is called. */
export function titleOf({ kind }: InvoiceDocument): string {
  return kind === 'invoice' ? 'Invoice' : 'Credit note';
}

/** A line over the whole width, or a part of it. */
export function drawRule(
  { pdf }: Sheet,
  {
    y,
    from = PAGE.margin,
    colour,
    thickness = 0.6,
  }: { y: number; from?: number; colour: string; thickness?: number },
): void {
  pdf
    .moveTo(from, y)
    .lineTo(PAGE.width - PAGE.margin, y)
    .lineWidth(thickness)
    .strokeColor(colour)
    .stroke();
}

import PDFDocument from 'pdfkit';
import { countryName } from '../../billing-details/index.ts';
import { paletteOf } from '../colours.ts';
import { documentFonts } from '../fonts/document-fonts.ts';
import type { DocumentParty, InvoiceDocument } from '../invoice-document.ts';
import { PageWords } from '../page-words.ts';
import { Typesetter } from '../typesetter.ts';
import { drawFooters } from './draw-footers.ts';
import { drawHeading } from './draw-heading.ts';
import { drawLines } from './draw-lines.ts';
import { drawNotes, drawTotals } from './draw-totals.ts';
import { PAGE, titleOf } from './sheet.ts';

/** What renderInvoicePdf() makes. */
export async function drawPdf(document: InvoiceDocument): Promise<Uint8Array> {
  const words = new PageWords(document.currency, document.time_zone);
  const palette = paletteOf(document.brand.primary_color);
  const fonts = await documentFonts(textsOf(document, words));
  const pdf = new PDFDocument({
    size: 'A4',
    // It would load one that nothing is set in.
    font: '',
    // Where pages end is decided here, and not by pdfkit.
    margin: 0,
    autoFirstPage: false,
    bufferPages: true,
    lang: 'en',
    displayTitle: true,
    info: {
      Title: `${titleOf(document)} ${document.number ?? ''}`.trim(),
      Author: document.seller.name,
      // Of whoever's brand it is; nobody else is named.
      Creator: document.brand.name,
      Producer: document.brand.name,
      // The file's id is made of these, so it does not change by itself either.
      CreationDate: document.issued_at,
    },
  });
  const finished = bytesOf(pdf);
  pdf.addPage({ size: 'A4', margin: 0 });
  const sheet = { pdf, type: new Typesetter(pdf, fonts), words, palette, document, y: PAGE.margin };
  drawHeading(sheet);
  drawLines(sheet);
  drawTotals(sheet);
  drawNotes(sheet);
  drawFooters(sheet);
  pdf.end();
  return finished;
}

function bytesOf(pdf: PDFKit.PDFDocument): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
    pdf.on('end', () => resolve(new Uint8Array(Buffer.concat(chunks))));
    pdf.on('error', reject);
  });
}

/** All that may stand on the pages, character by character: fonts are made of it. */
function* textsOf(document: InvoiceDocument, words: PageWords): Iterable<string> {
  // What is printable in ASCII, and the signs of our own words.
  yield Array.from({ length: 95 }, (_sign, index) => String.fromCharCode(32 + index)).join('');
  yield `·–\u00a0${words.money(-1n)}${document.currency}`;
  yield document.brand.name;
  yield* partyTexts(document.seller);
  yield* partyTexts(document.buyer);
  for (const { description, details } of document.lines) yield description + (details ?? '');
  for (const { description } of document.discounts) yield description;
  for (const { name } of document.taxes) yield name ?? '';
  yield* document.notes;
  yield (document.number ?? '') + (document.corrects_number ?? '');
}

function* partyTexts({ name, address, country, tax_id, email }: DocumentParty): Iterable<string> {
  yield name;
  yield* address;
  yield (country === null ? '' : countryName(country)) + (tax_id ?? '') + (email ?? '');
}

import type { DocumentLine } from '../invoice-document.ts';
import type { TextStyle } from '../typesetter.ts';
import { drawContinuation } from './draw-heading.ts';
import { CONTENT_WIDTH, drawRule, PAGE, type Sheet, stylesOf } from './sheet.ts';

/** The columns right of the description: where each begins and how wide it is, from the left edge of the content. */
const columns = [
  { title: 'Quantity', x: 236, width: 66 },
  { title: 'Unit price', x: 306, width: 72 },
  { title: 'Tax', x: 382, width: 42 },
  { title: 'Amount', x: 428, width: CONTENT_WIDTH - 428 },
] as const;
const DESCRIPTION_WIDTH = 226;
const PADDING = 7;

/** The table, over as many pages as it takes; each begins with its head. A row is never cut unless it fills a page. */
export function drawLines(sheet: Sheet): void {
  drawTableHead(sheet);
  for (const line of sheet.document.lines) {
    const row = layOut(sheet, line);
    requireRoom(sheet, row.height, drawTableHead);
    drawRow(sheet, row);
  }
}

/** Begins another page where less than `height` is left on this one. */
export function requireRoom(sheet: Sheet, height: number, begin?: (sheet: Sheet) => void): void {
  if (sheet.y + height <= PAGE.height - PAGE.bottom) return;
  sheet.pdf.addPage();
  drawContinuation(sheet);
  begin?.(sheet);
}

function drawTableHead(sheet: Sheet): void {
  const { type, palette } = sheet;
  const { heading } = stylesOf(palette);
  type.set('Description', heading, { x: PAGE.margin, y: sheet.y, width: DESCRIPTION_WIDTH });
  for (const { title, x, width } of columns)
    type.set(title, heading, { x: PAGE.margin + x, y: sheet.y, width, align: 'right' });
  sheet.y += 16;
  drawRule(sheet, { y: sheet.y, colour: palette.accent, thickness: 1.2 });
}

interface Row {
  description: string[];
  details: string[];
  cells: string[][];
  height: number;
}

/** A description may be longer than a page; nobody reads on there. */
const LINES_MAX = 40;

function layOut({ type, palette, words }: Sheet, line: DocumentLine): Row {
  const { text, small } = stylesOf(palette);
  const { quantity, unit_price_cents, tax_rate_percent } = line;
  const values = [
    quantity === null ? '' : words.count(quantity),
    unit_price_cents === null ? '' : words.price(unit_price_cents),
    tax_rate_percent === null ? '' : words.percent(tax_rate_percent),
    words.money(line.amount_cents),
  ];
  const cells = columns.map(({ width }, index) => type.wrap(values[index] ?? '', text, width));
  const description = type.wrap(line.description, text, DESCRIPTION_WIDTH).slice(0, LINES_MAX);
  const details =
    line.details === null ? [] : type.wrap(line.details, small, DESCRIPTION_WIDTH).slice(0, LINES_MAX / 2);
  const left = description.length * type.lineHeight(text) + details.length * type.lineHeight(small);
  const right = Math.max(...cells.map((lines) => lines.length)) * type.lineHeight(text);
  return { description, details, cells, height: Math.max(left, right) + 2 * PADDING };
}

function drawRow(sheet: Sheet, { description, details, cells, height }: Row): void {
  const { palette, type } = sheet;
  const { text, small } = stylesOf(palette);
  const y = sheet.y + PADDING;
  const left = { x: PAGE.margin, width: DESCRIPTION_WIDTH };
  drawColumn(sheet, description, text, { ...left, y });
  drawColumn(sheet, details, small, { ...left, y: y + description.length * type.lineHeight(text) });
  for (const [index, { x, width }] of columns.entries())
    drawColumn(sheet, cells[index] ?? [], text, { x: PAGE.margin + x, y, width, align: 'right' });
  sheet.y += height;
  drawRule(sheet, { y: sheet.y, colour: palette.hairline });
}

function drawColumn(
  { type }: Sheet,
  lines: readonly string[],
  style: TextStyle,
  place: { x: number; y: number; width: number; align?: 'right' },
): void {
  for (const [index, line] of lines.entries())
    type.setLine(line, style, { ...place, y: place.y + index * type.lineHeight(style) });
}

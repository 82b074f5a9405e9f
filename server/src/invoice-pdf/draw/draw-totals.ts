import type { DocumentTax } from '../invoice-document.ts';
import { requireRoom } from './draw-lines.ts';
import { CONTENT_WIDTH, drawRule, PAGE, type Sheet, stylesOf } from './sheet.ts';

const WIDTH = 262;
const LEFT = PAGE.width - PAGE.margin - WIDTH;
const ROW = 17;

/** What the lines come to, step by step, kept together on one page; notes follow over the whole width. */
export function drawTotals(sheet: Sheet): void {
  const { document, words } = sheet;
  const { kind, discounts, taxes, tax_behavior, credit_applied_cents, amount_paid_cents } = document;
  const rows: [string, string][] = [['Subtotal', words.money(document.subtotal_cents)]];
  for (const discount of discounts) rows.push([discount.description, words.money(-discount.amount_cents)]);
  if (tax_behavior === 'exclusive') for (const tax of taxes) rows.push(taxRow(sheet, tax));
  const ends: [string, string][] = [['Total', words.money(document.total_cents)]];
  if (tax_behavior === 'inclusive') for (const tax of taxes) ends.push(taxRow(sheet, tax));
  if (credit_applied_cents > 0n) ends.push(['Credit applied', words.money(-credit_applied_cents)]);
  if (amount_paid_cents > 0n) ends.push(['Paid', words.money(-amount_paid_cents)]);
  requireRoom(sheet, (rows.length + ends.length + 2) * ROW + 24);
  sheet.y += 10;
  for (const row of rows) drawTotal(sheet, row);
  drawRule(sheet, { y: sheet.y + 3, from: LEFT, colour: sheet.palette.hairline });
  sheet.y += 7;
  for (const row of ends) drawTotal(sheet, row);
  const last = kind === 'invoice' ? 'Amount due' : 'Amount credited';
  const amount = kind === 'invoice' ? document.amount_due_cents : document.total_cents;
  drawLast(sheet, `${last} (${document.currency})`, words.money(amount));
}

function taxRow(
  { document, words }: Sheet,
  { name, rate_percent, net_cents, tax_cents }: DocumentTax,
): [string, string] {
  const included = document.tax_behavior === 'inclusive' ? 'Includes ' : '';
  const of = `${name ?? 'Tax'} ${words.percent(rate_percent)} on ${words.money(net_cents)}`;
  return [included + of, words.money(tax_cents)];
}

function drawTotal(sheet: Sheet, [label, value]: [string, string]): void {
  const { type, palette } = sheet;
  const { text } = stylesOf(palette);
  const value_width = type.width(value, text);
  const place = { x: LEFT, y: sheet.y, width: WIDTH - value_width - 14 };
  const height = type.set(label, { ...text, colour: palette.muted }, place);
  type.set(value, text, { x: LEFT, y: sheet.y, width: WIDTH, align: 'right' });
  sheet.y += height + ROW - type.lineHeight(text);
}

function drawLast(sheet: Sheet, label: string, value: string): void {
  const { type, palette } = sheet;
  const { total } = stylesOf(palette);
  sheet.y += 3;
  drawRule(sheet, { y: sheet.y, from: LEFT, colour: palette.accent, thickness: 1.2 });
  sheet.y += 7;
  type.set(label, total, { x: LEFT, y: sheet.y, width: WIDTH });
  type.set(value, total, { x: LEFT, y: sheet.y, width: WIDTH, align: 'right' });
  sheet.y += 30;
}

/** What must be said beside figures, such as who accounts for the tax; over as many pages as it takes. */
export function drawNotes(sheet: Sheet): void {
  const { type, palette, document } = sheet;
  const { heading, text } = stylesOf(palette);
  const place = { x: PAGE.margin, width: CONTENT_WIDTH };
  const height = type.lineHeight(text);
  for (const [index, note] of document.notes.entries()) {
    const lines = type.wrap(note, text, CONTENT_WIDTH);
    // What is short stays together, and a heading stands with what it heads.
    requireRoom(sheet, Math.min(lines.length, 6) * height + 18);
    if (index === 0) sheet.y += type.set('Notes', heading, { ...place, y: sheet.y }) + 3;
    for (const line of lines) {
      requireRoom(sheet, height);
      type.setLine(line, text, { ...place, y: sheet.y });
      sheet.y += height;
    }
    sheet.y += 4;
  }
}

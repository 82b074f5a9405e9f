import { countryName } from '../../billing-details/index.ts';
import type { DocumentParty, InvoiceDocument } from '../invoice-document.ts';
import { CONTENT_WIDTH, drawRule, PAGE, type Sheet, stylesOf, titleOf } from './sheet.ts';

/** How large a logo may be, in points. */
const LOGO = { width: 190, height: 44 };
const GAP = 24;

/** The top of the first page: who sends it, what it is, its days, and who sells to whom. */
export function drawHeading(sheet: Sheet): void {
  drawBand(sheet, 7);
  sheet.y = 44;
  drawTitle(sheet);
  sheet.y = Math.max(108, sheet.y + drawBrand(sheet) + 14);
  drawFacts(sheet);
  drawParties(sheet);
  drawDue(sheet);
}

/** The top of every other page: enough to know what it belongs to. */
export function drawContinuation(sheet: Sheet): void {
  const { type, document, palette } = sheet;
  const { strong, small } = stylesOf(palette);
  drawBand(sheet, 4);
  const place = { x: PAGE.margin, y: 28, width: CONTENT_WIDTH / 2 };
  const [name = ''] = type.wrap(document.brand.name, strong, place.width);
  type.setLine(name, { ...strong, colour: palette.accent_text }, place);
  const right = { x: PAGE.margin + CONTENT_WIDTH / 2, y: 29, width: CONTENT_WIDTH / 2 };
  type.set(`${titleOf(document)} ${document.number ?? 'draft'}, continued`, small, {
    ...right,
    align: 'right',
  });
  sheet.y = 58;
}

function drawBand({ pdf, palette }: Sheet, height: number): void {
  pdf.rect(0, 0, PAGE.width, height).fill(palette.accent);
}

/** Answers how high it is. */
function drawBrand(sheet: Sheet): number {
  const { type, document, palette, y } = sheet;
  if (document.brand.logo !== null && drawLogo(sheet, document.brand.logo)) return LOGO.height;
  const { brand } = stylesOf(palette);
  const place = { x: PAGE.margin, y, width: CONTENT_WIDTH * 0.58 };
  const is_long = type.width(document.brand.name, brand) > place.width;
  return type.set(document.brand.name, is_long ? { ...brand, size: 14 } : brand, place);
}

/** False where the bytes are no picture that a PDF can hold. */
function drawLogo({ pdf, y }: Sheet, logo: Uint8Array): boolean {
  try {
    pdf.image(Buffer.from(logo), PAGE.margin, y - 6, { fit: [LOGO.width, LOGO.height], valign: 'center' });
    return true;
  } catch {
    return false;
  }
}

function drawTitle(sheet: Sheet): void {
  const { type, document, palette, y } = sheet;
  const { title, small } = stylesOf(palette);
  const place = { x: PAGE.width / 2, width: PAGE.width / 2 - PAGE.margin, align: 'right' as const };
  type.set(titleOf(document), title, { ...place, y: y - 5 });
  const number = document.number ?? 'not yet numbered';
  const corrects = document.corrects_number === null ? '' : `, corrects invoice ${document.corrects_number}`;
  type.set(number + corrects, { ...small, size: 9 }, { ...place, y: y + 25 });
}

function drawFacts(sheet: Sheet): void {
  const { type, document, palette, words } = sheet;
  const { label, text } = stylesOf(palette);
  const facts: [string, string][] = [
    [titleOf(document) === 'Invoice' ? 'Issued' : 'Date', words.day(document.issued_at)],
  ];
  if (document.due_at !== null) facts.push(['Due', words.day(document.due_at)]);
  if (document.period !== null) facts.push(['Period', words.period(document.period)]);
  const narrow = 118;
  drawRule(sheet, { y: sheet.y, colour: palette.hairline });
  let height = 0;
  for (const [index, [name, value]] of facts.entries()) {
    const x = PAGE.margin + index * narrow;
    const width = name === 'Period' ? PAGE.width - PAGE.margin - x : narrow - 12;
    type.set(name, label, { x, y: sheet.y + 10, width });
    height = Math.max(height, type.set(value, text, { x, y: sheet.y + 21, width }));
  }
  drawBadge(sheet);
  sheet.y += 21 + height + 10;
  drawRule(sheet, { y: sheet.y, colour: palette.hairline });
  sheet.y += 18;
}

const badges: Partial<Record<InvoiceDocument['status'], { text: string; colour: string }>> = {
  draft: { text: 'DRAFT', colour: '#6b7280' },
  paid: { text: 'PAID', colour: '#15803d' },
  void: { text: 'VOID', colour: '#b91c1c' },
  uncollectible: { text: 'UNCOLLECTIBLE', colour: '#b45309' },
};

/** A state that the reader should see at once; one that waits for its money has none. */
function drawBadge({ pdf, type, document, palette, y }: Sheet): void {
  const badge = badges[document.status];
  if (badge === undefined) return;
  const style = stylesOf(palette).badge;
  const width = type.width(badge.text, style) + 16;
  const x = PAGE.width - PAGE.margin - width;
  pdf.roundedRect(x, y + 15, width, 18, 9).fill(badge.colour);
  type.set(badge.text, style, { x: x + 8, y: y + 18.3, width });
}

function drawParties(sheet: Sheet): void {
  const { document } = sheet;
  const width = (CONTENT_WIDTH - GAP) / 2;
  const from = drawParty(sheet, 'From', document.seller, PAGE.margin, width);
  const to = drawParty(sheet, 'Billed to', document.buyer, PAGE.margin + width + GAP, width);
  sheet.y += Math.max(from, to) + 16;
}

function drawParty(sheet: Sheet, heading: string, party: DocumentParty, x: number, width: number): number {
  const { type, palette, y } = sheet;
  const styles = stylesOf(palette);
  let height = type.set(heading, styles.label, { x, y, width }) + 2;
  height += type.set(party.name, { ...styles.strong, size: 10.5 }, { x, y: y + height, width }) + 1;
  const lines = [...party.address, ...(party.country === null ? [] : [countryName(party.country)])];
  for (const line of lines) height += type.set(line, styles.text, { x, y: y + height, width });
  const small = [party.email, party.tax_id === null ? null : `Tax ID ${party.tax_id}`];
  for (const line of small.filter((one) => one !== null))
    height += type.set(line, styles.small, { x, y: y + height + 2, width });
  return height;
}

/** What is asked of the reader, in one line. */
function drawDue(sheet: Sheet): void {
  const { pdf, type, document, palette, words } = sheet;
  const { due, small } = stylesOf(palette);
  const height = 46;
  pdf.rect(PAGE.margin, sheet.y, CONTENT_WIDTH, height).fill(palette.tint);
  pdf.rect(PAGE.margin, sheet.y, 3, height).fill(palette.accent);
  const [cents, said] = asked(sheet);
  const amount = words.money(cents);
  const x = PAGE.margin + 16;
  type.set(amount, due, { x, y: sheet.y + 10.5, width: CONTENT_WIDTH / 2 });
  const width = Math.max(0, CONTENT_WIDTH - 32 - type.width(amount, due) - 12);
  const place = { x: x + type.width(amount, due) + 12, y: sheet.y + 17.5, width };
  type.set(`${document.currency} ${said}`, { ...small, size: 9.5 }, place);
  sheet.y += height + 22;
}

/** The amount that matters most, and what about it. */
function asked({ document, words }: Sheet): [bigint, string] {
  const { kind, status, due_at, paid_at, total_cents, amount_paid_cents, amount_due_cents } = document;
  if (kind === 'credit_note') return [total_cents, 'credited'];
  if (status === 'void') return [total_cents, 'not to be paid: this invoice is void'];
  if (status === 'paid')
    return [amount_paid_cents, paid_at === null ? 'paid' : `paid on ${words.day(paid_at)}`];
  return [
    amount_due_cents,
    due_at === null || amount_due_cents <= 0n ? 'due' : `due by ${words.day(due_at)}`,
  ];
}

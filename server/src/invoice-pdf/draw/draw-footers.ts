import { CONTENT_WIDTH, drawRule, PAGE, type Sheet, stylesOf, titleOf } from './sheet.ts';

/** The foot of every page, once it is known how many there are. */
export function drawFooters(sheet: Sheet): void {
  const { pdf, type, document, palette } = sheet;
  const { small } = stylesOf(palette);
  const { seller } = document;
  const { start, count } = pdf.bufferedPageRange();
  const tax_id = seller.tax_id === null ? null : `Tax ID ${seller.tax_id}`;
  const joined = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join('  ·  ');
  const who = [joined([seller.name, ...seller.address]), joined([tax_id, seller.email])];
  for (let index = 0; index < count; index += 1) {
    pdf.switchToPage(start + index);
    const y = PAGE.height - 54;
    drawRule(sheet, { y: y - 8, colour: palette.hairline });
    const page = `${titleOf(document)} ${document.number ?? 'draft'}  ·  Page ${index + 1} of ${count}`;
    const page_width = type.width(page, small);
    const left = { x: PAGE.margin, width: CONTENT_WIDTH };
    const room = CONTENT_WIDTH - page_width - 24;
    for (const [row, line] of who.entries()) {
      const [first = ''] = type.wrap(line, small, room);
      type.setLine(first, small, { ...left, y: y + row * type.lineHeight(small) });
    }
    type.setLine(page, small, { ...left, y, align: 'right' });
  }
}

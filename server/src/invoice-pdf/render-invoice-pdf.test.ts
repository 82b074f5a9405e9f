import { deflateSync } from 'node:zlib';
import { extractText, getDocumentProxy, getMeta } from 'unpdf';
import { describe, expect, test } from 'vitest';
import { paletteOf } from './colours.ts';
import { type DocumentLine, type InvoiceDocument, renderInvoicePdf } from './index.ts';

const line = (given: Partial<DocumentLine> = {}): DocumentLine => ({
  description: 'Professional plan',
  details: '1 April 2026 – 30 April 2026',
  quantity: 1n,
  unit_price_cents: '9900',
  tax_rate_percent: '19',
  amount_cents: 9900n,
  ...given,
});

const invoice = (given: Partial<InvoiceDocument> = {}): InvoiceDocument => ({
  kind: 'invoice',
  number: 'NL-2026-000042',
  corrects_number: null,
  status: 'finalized',
  issued_at: new Date('2026-04-01T00:00:00Z'),
  due_at: new Date('2026-04-15T00:00:00Z'),
  paid_at: null,
  // April in Berlin.
  period: { starts_at: new Date('2026-03-31T22:00:00Z'), ends_at: new Date('2026-04-30T22:00:00Z') },
  time_zone: 'Europe/Berlin',
  currency: 'EUR',
  brand: { name: 'Nordlicht', primary_color: '#0f766e', logo: null },
  seller: {
    name: 'Nordlicht Audio GmbH',
    address: ['Speicherstraße 4', '20457 Hamburg'],
    country: 'DE',
    tax_id: 'DE136695976',
    email: 'billing@nordlicht.example',
  },
  buyer: { name: 'Podcast s.r.o.', address: ['110 00 Praha'], country: 'CZ', tax_id: null, email: null },
  lines: [
    line(),
    line({
      description: 'API calls beyond the included ones',
      quantity: 182_340n,
      unit_price_cents: '0.005',
      tax_rate_percent: '7.7',
      amount_cents: 912n,
    }),
  ],
  subtotal_cents: 10_812n,
  discounts: [{ description: 'Coupon LAUNCH10', amount_cents: 1081n }],
  taxes: [
    { name: 'VAT', rate_percent: '19', net_cents: 8910n, tax_cents: 1693n },
    { name: 'VAT', rate_percent: '7.7', net_cents: 821n, tax_cents: 63n },
  ],
  tax_behavior: 'exclusive',
  total_cents: 11_487n,
  credit_applied_cents: 500n,
  amount_paid_cents: 0n,
  amount_due_cents: 10_987n,
  notes: ['Thank you for listening.'],
  ...given,
});

/** The text of each page, with one space between words. */
async function pagesOf(document: InvoiceDocument): Promise<string[]> {
  const pdf = await getDocumentProxy(await renderInvoicePdf(document));
  const { text } = await extractText(pdf, { mergePages: false });
  return text.map((page) => page.replace(/\s+/g, ' '));
}
const pageOf = async (given: Partial<InvoiceDocument> = {}) => (await pagesOf(invoice(given))).join(' ');

describe('an invoice', () => {
  test('shows all that its document says', async () => {
    const page = await pageOf();
    for (const words of [
      ...['Nordlicht', 'Invoice', 'NL-2026-000042', 'Issued', '1 April 2026', 'Due', '15 April 2026'],
      ...['Period', '1 April 2026 – 30 April 2026', 'Page 1 of 1'],
      ...['Nordlicht Audio GmbH', 'Speicherstraße 4', '20457 Hamburg', 'Germany', 'Tax ID DE136695976'],
      ...['billing@nordlicht.example', 'Billed to', 'Podcast s.r.o.', '110 00 Praha', 'Czechia'],
      ...['Professional plan', '€99.00', '19%', 'API calls beyond the included ones', '182,340', '€0.00005'],
      ...['7.7%', '€9.12', 'Subtotal €108.12', 'Coupon LAUNCH10 -€10.81', 'VAT 19% on €89.10 €16.93'],
      ...['VAT 7.7% on €8.21 €0.63', 'Total €114.87', 'Credit applied -€5.00', 'Amount due (EUR) €109.87'],
      ...['€109.87 EUR due by 15 April 2026', 'Thank you for listening.'],
    ])
      expect(page).toContain(words);
  });

  test.each([
    ['draft', { status: 'draft', number: null }, ['DRAFT', 'not yet numbered']],
    [
      'paid',
      {
        status: 'paid',
        paid_at: new Date('2026-04-02T22:30:00Z'),
        amount_paid_cents: 10_987n,
        amount_due_cents: 0n,
      },
      ['PAID', '€109.87 EUR paid on 3 April 2026', 'Paid -€109.87', 'Amount due (EUR) €0.00'],
    ],
    ['void', { status: 'void' }, ['VOID', 'not to be paid: this invoice is void']],
    ['uncollectible', { status: 'uncollectible' }, ['UNCOLLECTIBLE']],
    ['without a day by which it is due', { due_at: null }, ['€109.87 EUR due ']],
    [
      'of one day',
      { period: { starts_at: new Date(0), ends_at: new Date(82_800_000) } },
      ['Period 1 January 1970 '],
    ],
  ] satisfies [string, Partial<InvoiceDocument>, string[]][])('%s says so', async (_name, given, words) => {
    const page = await pageOf(given);
    for (const word of words) expect(page).toContain(word);
  });

  test('that waits for its money bears no badge', async () => {
    expect(await pageOf()).not.toMatch(/DRAFT|PAID|VOID|UNCOLLECTIBLE/);
  });

  test('with its taxes in its prices names them below the total', async () => {
    const page = await pageOf({ tax_behavior: 'inclusive' });
    expect(page).toContain('Total €114.87 Includes VAT 19% on €89.10 €16.93');
  });

  test('in a currency without decimals shows none, but parts of a unit in a price', async () => {
    const page = await pageOf({ currency: 'JPY' });
    expect(page).toContain('¥9,900');
    expect(page).toContain('¥0.005');
    expect(page).toContain('Amount due (JPY) ¥10,987');
  });

  test('amounts beyond what a number holds are exact', async () => {
    expect(await pageOf({ total_cents: 9_007_199_254_740_993_123n })).toContain('€90,071,992,547,409,931.23');
  });

  test('reverse charge is in its notes, at full length', async () => {
    const note =
      'Reverse charge: the recipient accounts for the VAT (Article 196 of Council Directive 2006/112/EC).';
    expect(await pageOf({ notes: [note, 'x '.repeat(2000)] })).toContain(note);
  });

  test('a credit note names the invoice that it corrects, and what is credited', async () => {
    const page = await pageOf({ kind: 'credit_note', number: 'NL-7', corrects_number: 'NL-6', due_at: null });
    expect(page).toContain('Credit note NL-7, corrects invoice NL-6');
    expect(page).toContain('Amount credited (EUR) €114.87');
    expect(page).not.toContain('Invoice');
  });
});

describe('pages', () => {
  test('500 lines are all there, in order, and each page has its head and its number', async () => {
    const lines = Array.from({ length: 500 }, (_line, index) =>
      line({ description: `Line ${index + 1} of many`, details: null }),
    );
    const pages = await pagesOf(invoice({ lines }));
    expect(pages.length).toBeGreaterThan(15);
    const seen = pages.flatMap((page) => [...page.matchAll(/Line (\d+) of many/g)].map(([, n]) => Number(n)));
    expect(seen).toEqual(lines.map((_line, index) => index + 1));
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
      if (/Line \d+ of many/.test(page)) expect(page).toContain('Description Quantity Unit price Tax Amount');
      if (index > 0) expect(page).toContain('Invoice NL-2026-000042, continued');
    }
    expect(pages.at(-1)).toContain('Amount due (EUR) €109.87');
  });

  test('a word wider than its column is cut, and nothing of it is lost', async () => {
    const word = Array.from({ length: 300 }, (_letter, index) => String.fromCharCode(97 + (index % 26))).join(
      '',
    );
    const page = await pageOf({ lines: [line({ description: word })] });
    expect(page.replace(/\s/g, '')).toContain(word.slice(0, 60));
    const letters = (text: string) => text.replace(/[^a-z]/g, '').length;
    const without = await pageOf({ lines: [line({ description: '' })] });
    expect(letters(page) - letters(without)).toBe(300);
  });

  test('a description without an end is set in forty lines', async () => {
    const pages = await pagesOf(invoice({ lines: [line({ description: 'again and '.repeat(5000) })] }));
    expect(pages.length).toBeLessThanOrEqual(3);
  });

  test('a note longer than a page goes on over the next ones', async () => {
    const words = Array.from({ length: 3000 }, (_word, index) => `word${index + 1}.`);
    const pages = await pagesOf(invoice({ notes: [words.join(' ')] }));
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flatMap((page) => page.match(/word\d+\./g) ?? [])).toEqual(words);
  });

  test('a brand with a long name is set whole', async () => {
    const name = 'The Very Long Name Of A Podcast Studio And Its Sponsors '.repeat(3).trim();
    expect(await pageOf({ brand: { ...invoice().brand, name } })).toContain(name);
  });

  test('an amount without an end, and names of many lines, are set somewhere', async () => {
    const party = {
      ...invoice().buyer,
      name: 'Wide '.repeat(40),
      address: Array(30).fill('A street without an end'),
    };
    const page = await pageOf({ amount_due_cents: 10n ** 35n, buyer: party, lines: [] });
    expect(page.match(/A street/g)).toHaveLength(30);
  });

  test('no line at all is a page too', async () => {
    expect(await pagesOf(invoice({ lines: [] }))).toHaveLength(1);
  });
});

describe('names', () => {
  test.each([
    'Björk & Šimůnek Ďáblice',
    'İpek Ömeroğlu Çağrı ışık',
    'Œuvre fjörður Łódź',
    'Ήχος Ραδιόφωνο ΑΕ',
    'Аудіо ґанок ООО',
    'Công ty Âm thanh Việt',
    'ऑडियो',
    'บริษัท',
    'ஒலி',
    'აუდიო',
    'Հայկական',
    '北京音频有限公司',
    '株式会社オーロラ音声',
    '한국 오디오 주식회사',
    'שלום',
    'شركة',
  ])('%s is set in embedded fonts, and read back', async (name) => {
    const page = await pageOf({ buyer: { ...invoice().buyer, name } });
    // What is shaped may come back in other forms of the same letters, marks in another order, and dots as no letter.
    const bare = (text: string) => text.normalize('NFKC').replace(/[\s\p{M}\p{C}]/gu, '');
    expect(bare(page)).toContain(bare(name));
  });

  test('words that run from the right stand in that order, signs turned', async () => {
    const { visualRuns } = await import('./fonts/visual-runs.ts');
    const seen = (text: string) => visualRuns(text).map((run) => run.text);
    expect(seen('Studio')).toEqual(['Studio']);
    // Words keep their letters as they are spoken: the font turns them.
    expect(seen('אב גד')).toEqual(['גד', ' ', 'אב']);
    expect(seen('Acme אב (גד) 12')).toEqual(['Acme', ' ', '12', ' ', '(', 'גד', ')', ' ', 'אב']);
  });

  test('a sign that no font has is no error', async () => {
    expect(await pageOf({ buyer: { ...invoice().buyer, name: '🎙 \u{10ffff}\u0007 Studio' } })).toContain(
      'Studio',
    );
  });
});

describe('the file', () => {
  test('is the same bytes for the same document, and others for another', async () => {
    const [one, same, other] = await Promise.all([
      renderInvoicePdf(invoice()),
      renderInvoicePdf(invoice()),
      renderInvoicePdf(invoice({ number: 'NL-2026-000043' })),
    ]);
    expect(Buffer.compare(one, same)).toBe(0);
    expect(Buffer.compare(one, other)).not.toBe(0);
  });

  test('names its seller and nobody else', async () => {
    const bytes = await renderInvoicePdf(invoice());
    expect(Buffer.from(bytes).toString('latin1')).not.toMatch(/pdfkit|tallystick|node_modules/i);
    const { info } = await getMeta(await getDocumentProxy(bytes));
    expect(info).toMatchObject({
      ...{ Title: 'Invoice NL-2026-000042', Author: 'Nordlicht Audio GmbH' },
      ...{ Creator: 'Nordlicht', Producer: 'Nordlicht' },
    });
  });

  test('has a logo in place of the name, and the name where the logo cannot be read', async () => {
    const branded = (logo: Uint8Array) => ({ ...invoice().brand, name: 'Brandname', logo });
    const bytes = await renderInvoicePdf(invoice({ brand: branded(onePixel()) }));
    expect(Buffer.from(bytes).toString('latin1')).toContain('/Subtype /Image');
    expect(await pageOf({ brand: branded(onePixel()) })).not.toContain('Brandname');
    for (const broken of [Buffer.from('<svg/>'), onePixel().subarray(0, 20), Buffer.alloc(0)])
      expect(await pageOf({ brand: branded(broken) })).toContain('Brandname');
  });

  test('is refused for a colour that is none', async () => {
    const brand = { ...invoice().brand, primary_color: 'teal' };
    await expect(renderInvoicePdf(invoice({ brand }))).rejects.toThrow(RangeError);
  });

  test('a colour that cannot be read on white is not that of text', () => {
    expect(paletteOf('#0f766e').accent_text).toBe('#0f766e');
    expect(paletteOf('#facc15')).toMatchObject({ accent: '#facc15', accent_text: '#1c2230' });
    // 4.54 to 1 and 4.48 to 1: the limit lies between these greys.
    expect(paletteOf('#767676').accent_text).toBe('#767676');
    expect(paletteOf('#777777').accent_text).toBe('#1c2230');
  });
});

/** A PNG of one pixel. */
function onePixel(): Buffer {
  const crcOf = (bytes: Buffer) => {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
    return (crc ^ 0xffffffff) >>> 0;
  };
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crcOf(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixel = deflateSync(Buffer.from([0, 15, 118, 110]));
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', pixel),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

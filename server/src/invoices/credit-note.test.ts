import fc from 'fast-check';
import { expect, it } from 'vitest';
import { creditLines } from './credit-note.ts';
import type { InvoiceLine } from './invoice.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const kinds = ['subscription', 'api_calls', 'feature', 'token_shortfall', 'manual'] as const;
const line = fc.record({
  kind: fc.constantFrom(...kinds),
  net: fc.bigInt({ min: 0n, max: 10_000n }),
  tax: fc.bigInt({ min: 0n, max: 2000n }),
});

function lineOf(one: { kind: InvoiceLine['kind']; net: bigint; tax: bigint }, index: number): InvoiceLine {
  return {
    invoice_id: 'corrected',
    line_no: index + 1,
    kind: one.kind,
    description: one.kind,
    quantity: 1n,
    amount_cents: one.net,
    discount_cents: 0n,
    tax_cents: one.tax,
    tax_rate_percent: '19',
    tax_name: 'VAT',
    starts_at: AT,
    ends_at: AT,
    deferred: false,
    source_key: `line:${index}`,
    explanation: {},
  };
}

it('what comes back in parts is in the end each line, with its kind and its tax', () => {
  const parts = fc.array(fc.bigInt({ min: 1n, max: 3000n }), { maxLength: 6 });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), parts, (drawn, wanted) => {
      const lines = drawn.map(lineOf);
      const before = new Map<number, { gross_cents: bigint; tax_cents: bigint }>();
      let left = lines.reduce((sum, { amount_cents, tax_cents }) => sum + amount_cents + tax_cents, 0n);
      for (const part of [...wanted, left]) {
        const amount_cents = part < left ? part : left;
        if (amount_cents === 0n) continue;
        left -= amount_cents;
        const terms = { transaction_id: 'refund', amount_cents };
        const invoice = { tax_behavior: 'exclusive' } as const;
        let credited = 0n;
        for (const back of creditLines({ invoice_id: 'note' }, invoice, lines, before, terms)) {
          const line_no = Number(back.explanation.line_no);
          const sum = before.get(line_no) ?? { gross_cents: 0n, tax_cents: 0n };
          const gross_cents = -back.amount_cents - back.tax_cents;
          before.set(line_no, {
            gross_cents: sum.gross_cents + gross_cents,
            tax_cents: sum.tax_cents - back.tax_cents,
          });
          credited += gross_cents;
          expect(back.kind).toBe(lines[line_no - 1]?.kind);
        }
        expect(credited).toBe(amount_cents);
      }
      for (const { line_no, amount_cents, tax_cents } of lines)
        expect(before.get(line_no) ?? { gross_cents: 0n, tax_cents: 0n }).toEqual({
          gross_cents: amount_cents + tax_cents,
          tax_cents,
        });
    }),
  );
});

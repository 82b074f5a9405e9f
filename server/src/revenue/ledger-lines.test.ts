import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pagesOfSpans } from './ledger-lines.ts';

const VERSIONS_MAX = 10;

const span = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }));

it('cuts books into pages that hold every version once, in order, and never too many', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), (books) => {
      const spans = books.map(([first, more], index) => ({
        tenant_id: `tenant ${index}`,
        first_version: BigInt(first),
        last_version: BigInt(first + more),
      }));
      const pages = [...pagesOfSpans(spans, VERSIONS_MAX)].map((page) => page.flatMap(versionsOf));
      expect(pages.flat()).toEqual(spans.flatMap(versionsOf));
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(VERSIONS_MAX);
      expect(pages.at(-1)?.length ?? 1).toBeLessThanOrEqual(VERSIONS_MAX);
    }),
  );
});

function versionsOf(span: { tenant_id: string; first_version: bigint; last_version: bigint }): string[] {
  const length = Number(span.last_version - span.first_version) + 1;
  return Array.from({ length }, (_, index) => `${span.tenant_id} at ${Number(span.first_version) + index}`);
}

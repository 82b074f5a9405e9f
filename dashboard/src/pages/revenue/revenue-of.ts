/** Whose revenue, and in which currency; `asked` is undefined where the address names none: then the seller's own. */
export interface RevenueOf {
  seller_id: string;
  asked: string | undefined;
  currency: string;
}

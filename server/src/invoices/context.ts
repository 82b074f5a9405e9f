import type { BookContext } from '../ai-tokens/index.ts';
import type { TaxProvider } from '../tax/index.ts';

/** Whose invoice it is, when, how ids are made, and who says the tax. */
export interface InvoiceContext extends BookContext {
  tax: TaxProvider;
}

/** A card as its owner knows it. The number itself never comes here. */
export interface CardDetails {
  /** The provider's name for it. */
  external_id: string;
  brand: string;
  last4: string | null;
  expires_month: number | null;
  expires_year: number | null;
}

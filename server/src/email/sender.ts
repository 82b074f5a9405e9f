import { type BillingDetails, readBothDetails } from '../billing-details/index.ts';
import type { Tx } from '../db/index.ts';
import { tenantNames } from '../tenants/index.ts';
import type { Email } from './email.ts';
import { oneLine } from './one-line.ts';

/** Under whose name an e-mail goes out. */
export interface Sender {
  name: string;
  address: string;
}

/** Who writes, and in whose days. */
export interface Correspondents {
  sender: Sender;
  /** The reader's, of the IANA database. */
  time_zone: string;
}

/**
 * Who a tenant's e-mail is from: its seller, as its billing details name it. The one place that a brand and an address of
 * its own come from. `default_address` stands in for a seller without an e-mail address.
 */
export async function correspondentsOf(
  tx: Tx,
  { tenant_id, seller_id }: Pick<Email, 'tenant_id' | 'seller_id'>,
  default_address: string,
): Promise<Correspondents> {
  const { seller, buyer } = await readBothDetails(tx, seller_id, tenant_id);
  const name = oneLine(await nameOf(tx, tenant_id, seller));
  return { sender: { name, address: seller.email ?? default_address }, time_zone: buyer.time_zone };
}

async function nameOf(tx: Tx, acting_id: string, { tenant_id, legal_name }: BillingDetails): Promise<string> {
  if (legal_name !== null) return legal_name;
  return (await tenantNames(tx, acting_id, [tenant_id])).get(tenant_id) ?? '';
}

/** `billing@` the host that browsers reach the server at; of a server that nobody said that of, at localhost. */
export function defaultAddress(public_url: string | undefined): string {
  return `billing@${hostOf(public_url)}`;
}

/** The host of PUBLIC_URL as an address has it; `localhost` without one. */
export function hostOf(public_url: string | undefined): string {
  if (public_url === undefined) return 'localhost';
  const { hostname } = new URL(public_url);
  // An address at a bare IP is written in brackets (RFC 5321, 4.1.3); a URL has those of IPv6 already.
  if (hostname.startsWith('[')) return `[IPv6:${hostname.slice(1)}`;
  return /^[\d.]+$/.test(hostname) ? `[${hostname}]` : hostname;
}

/** One row changed behind the application's back after its month was closed, and what the audit says of it. */
interface ClosedMonthTampering {
  what: string;
  /** Changes exactly one row and returns it. */
  change: string;
  back: string;
  detail: RegExp;
}

const paid = `transfer_id = (select transfer_id from tallystick.transfers
  where debit_account = 'cash' order by created_at, transfer_id limit 1)`;
const recognised = `transfer_id = (select transfer_id from tallystick.transfers
  where credit_account = 'recognised_revenue' and dated_at is not null order by dated_at, transfer_id limit 1)`;
const used = `usage_id = (select usage_id from tallystick.ai_token_usage order by occurred_at, usage_id limit 1)`;
const january = "month = '2026-01-01'";

function oneMore(
  table: string,
  column: string,
  where: string,
): Pick<ClosedMonthTampering, 'change' | 'back'> {
  return {
    change: `update tallystick.${table} set ${column} = ${column} + 1 where ${where} returning 1`,
    back: `update tallystick.${table} set ${column} = ${column} - 1 where ${where}`,
  };
}

export const CLOSED_MONTH_TAMPERINGS: readonly ClosedMonthTampering[] = [
  {
    what: 'an amount of an entry',
    ...oneMore('transfers', 'amount', paid),
    detail: /^2026-01: its \d+ entries are not those that it was closed with$/,
  },
  {
    what: 'revenue that counts a month later',
    change: `update tallystick.transfers set dated_at = null where ${recognised} returning 1`,
    back: `update tallystick.transfers set dated_at = '2026-01-31T23:59:59.999Z' where transfer_id = (
      select transfer_id from tallystick.transfers where credit_account = 'recognised_revenue' and stream = 'subscriptions'
        and dated_at is null)`,
    detail: /^2026-01: it was closed with \d+ entries, the books have \d+$/,
  },
  {
    what: 'revenue of another stream',
    change: `update tallystick.transfers set stream = 'features' where ${recognised} returning 1`,
    back: `update tallystick.transfers set stream = 'subscriptions' where ${recognised}`,
    detail: /^2026-01: its \d+ entries are not those that it was closed with$/,
  },
  {
    what: 'tokens of a use',
    ...oneMore('ai_token_usage', 'tokens_used', used),
    detail: /^2026-01: its \d+ entries are not those that it was closed with$/,
  },
  {
    what: 'a kept balance',
    change: `update tallystick.closed_months set accounts = jsonb_set(accounts, '{0,closing_cents}', '1') where ${january} returning 1`,
    back: `update tallystick.closed_months set accounts = jsonb_set(accounts, '{0,closing_cents}', accounts #> '{0,debits_cents}')
      where ${january}`,
    detail: /^2026-01: closing_cents of cash is 1 USD, the entries say \d+$/,
  },
  {
    what: 'a kept stream',
    change: `update tallystick.closed_months set by_stream = jsonb_set(by_stream, '{other}', '5') where ${january} returning 1`,
    back: `update tallystick.closed_months set by_stream = jsonb_set(by_stream, '{other}', '0') where ${january}`,
    detail: /^2026-01: other earned 5 USD, the entries say 0$/,
  },
  {
    what: 'a kept number of entries',
    ...oneMore('closed_months', 'entries', january),
    detail: /^2026-01: it was closed with \d+ entries, the books have \d+$/,
  },
];

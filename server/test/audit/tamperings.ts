/** One row changed behind the application's back, and what the audit must say of it. */
export interface Tampering {
  what: string;
  /** Changes exactly one row of `$tenant` and returns it, or a `saved` copy. */
  change: string;
  /** Puts the row back; `$saved` is the copy. */
  back: string;
  /** The checks that see it, in their order: no other may. */
  checks: string[];
  /** What the first of them says. */
  detail: RegExp;
}

const uses = 'tallystick.ai_token_usage where tenant_id = $tenant';
const lastUse = `usage_id = (select usage_id from ${uses} order by book_version desc limit 1)`;
const keyed = `usage_id = (select usage_id from ${uses} and request_id is not null and hold_id is null
  order by book_version limit 1)`;
/** The first purchase, of which some was refunded, used, and nothing is left. */
const purchase = `transaction_id = (select transaction_id from tallystick.billing_transactions
  where tenant_id = $tenant and type = 'token_purchase' and status = 'settled' order by book_version limit 1)`;
const pending = `(select transaction_id from tallystick.billing_transactions
  where tenant_id = $tenant and status = 'pending' and type = 'token_purchase')`;
const paid = `transfer_id = (select transfer_id from tallystick.transfers where tenant_id = $tenant
  and debit_account = 'cash' order by book_version limit 1)`;
/** An open sold grant, the youngest. */
const grant = `grant_id = (select grant_id from tallystick.ai_token_grants
  where tenant_id = $tenant and source = 'sold' and closed_at is null order by book_version desc limit 1)`;

/** Changes rows of the tenant and returns them. */
export function update(table: string, set: string, where: string): string {
  return `update tallystick.${table} set ${set} where tenant_id = $tenant and ${where} returning 1`;
}

/** A row that is gone, and put back from what was saved of it. */
export function removal(table: string, where: string): Pick<Tampering, 'change' | 'back'> {
  return {
    change: `delete from tallystick.${table} t where tenant_id = $tenant and ${where} returning to_jsonb(t) as saved`,
    back: `insert into tallystick.${table} select * from jsonb_populate_record(null::tallystick.${table}, $saved)`,
  };
}

/** A counter that is one more than it was. */
export function oneMore(table: string, counter: string, where: string): Pick<Tampering, 'change' | 'back'> {
  return {
    change: update(table, `${counter} = ${counter} + 1`, where),
    back: update(table, `${counter} = ${counter} - 1`, where),
  };
}

const BALANCES = ['purchased', 'granted', 'refunded', 'used', 'held', 'expired', 'shortfall'].map(
  (name): Tampering => ({
    what: `balances: tokens_${name} of a balance`,
    ...oneMore('ai_token_balances', `tokens_${name}`, 'true'),
    checks: ['balances'],
    detail: new RegExp(`^tokens_${name} is \\d+, the record says \\d+$`),
  }),
);

const GRANTS = ['tokens_used', 'tokens_refunded', 'tokens_expired'].map(
  (counter): Tampering => ({
    what: `grants: ${counter} of a grant`,
    ...oneMore('ai_token_grants', counter, grant),
    checks: ['grants'],
    detail: new RegExp(`^grant \\S+: ${counter} is \\d+, the record says \\d+$`),
  }),
);

const call = `(source, id) = (select source, id from tallystick.api_usage where tenant_id = $tenant
  and source = 'tallystick' and status_code = 500)`;
const periods = 'tallystick.billing_periods where tenant_id = $tenant';
const firstPeriod = `starts_at = (select min(starts_at) from ${periods})`;
const rollup = (table: string, columns: string) =>
  `(${columns}) = (select ${columns} from tallystick.${table} where tenant_id = $tenant
    order by ${columns} limit 1)`;

/** What stands beside API calls, one row of each kind. */
const CALLS: readonly Tampering[] = [
  {
    what: 'api_calls: a call without the key that it was counted for',
    ...removal('api_usage_keys', call),
    checks: ['api_calls'],
    detail: /^call \S+ of tallystick: has no key$/,
  },
  {
    what: 'api_calls: a period that ended before its calls',
    change: update('billing_periods', "ends_at = starts_at + interval '1 second'", firstPeriod),
    back: update('billing_periods', `ends_at = (select max(starts_at) from ${periods})`, firstPeriod),
    checks: ['api_calls'],
    detail: /is later than its period$/,
  },
  {
    what: 'api_rollups: a call that is gone',
    ...removal('api_usage', call),
    checks: ['api_rollups'],
    detail: /^day .* GET 500 .* is 1 70.25, the calls say nothing$/,
  },
  ...['total_calls', 'successful_calls', 'response_time_ms_total', 'response_time_ms_max'].map((counter) => ({
    what: `api_rollups: ${counter} of an hour`,
    ...oneMore('api_usage_hours', counter, rollup('api_usage_hours', 'hour, period_id')),
    checks: ['api_rollups'],
    detail: /^hour .* is .*, the calls say/,
  })),
  {
    what: 'api_rollups: a bucket of latency',
    ...oneMore(
      'api_usage_latencies',
      'total_calls',
      rollup('api_usage_latencies', 'hour, period_id, bucket'),
    ),
    checks: ['api_rollups'],
    detail: /^latency .* is \d+, the calls say \d+$/,
  },
  {
    what: 'api_rollups: a row of a day that is gone',
    ...removal(
      'api_usage_days',
      rollup('api_usage_days', 'endpoint, method, status_code, api_key_id, day, period_id'),
    ),
    checks: ['api_rollups'],
    detail: /^day .* is missing, the calls say/,
  },
];

/** What stands beside the uses of features. */
const FEATURES: readonly Tampering[] = [
  {
    what: 'feature_usage: a sum',
    ...oneMore('feature_usage_periods', 'used', 'true'),
    checks: ['feature_usage'],
    detail: /^episodes_per_month of \S+ is 6 0, the uses say 5 0$/,
  },
  {
    what: 'feature_usage: a sum that is gone',
    ...removal('feature_usage_periods', 'true'),
    checks: ['feature_usage'],
    detail: /^episodes_per_month of \S+ is missing, the uses say 5 0$/,
  },
  {
    what: 'feature_usage: a use that is gone',
    ...removal('feature_usage', 'quantity = 3'),
    checks: ['feature_usage'],
    detail: /^episodes_per_month of \S+ is 5 0, the uses say 2 0$/,
  },
];

/** The invoice of the change up, which was paid. */
const invoice = `invoice_id = (select invoice_id from tallystick.invoices where tenant_id = $tenant
  and reason = 'subscription_change' and status = 'paid' and amount_paid_cents > 0)`;

/** What invoices follow from, and what follows from them. */
const INVOICES: readonly Tampering[] = [
  {
    what: 'invoices: an amount of a line',
    ...oneMore('invoice_lines', 'amount_cents', `${invoice} and line_no = 1`),
    checks: ['invoices', 'invoice_entries'],
    detail: /^invoice \S+: subtotal_cents is \d+, its lines say \d+$/,
  },
  {
    what: 'invoices: the tax of an invoice',
    ...oneMore('invoices', 'tax_cents', invoice),
    checks: ['invoices', 'invoice_entries'],
    detail: /^invoice \S+: tax_cents is 1, its lines say 0$/,
  },
  {
    what: 'invoice_payments: a cent that was given back by nobody',
    ...oneMore('invoices', 'amount_refunded_cents', invoice),
    checks: ['invoice_payments'],
    detail: /^invoice \S+: amount_refunded_cents is 1, its payments say 0$/,
  },
  {
    what: 'receivables: a paid invoice that says it was given up, and not paid',
    change: update(
      'invoices',
      "status = 'uncollectible', paid_at = null, amount_paid_cents = amount_paid_cents - 1",
      invoice,
    ),
    back: `update tallystick.invoices set status = 'paid', paid_at = now(), amount_paid_cents = amount_due_cents
      where tenant_id = $tenant and ${invoice.replace("'paid'", "'uncollectible'")}`,
    checks: ['invoice_payments', 'receivables'],
    detail: /^invoice \S+: amount_paid_cents is \d+, its payments say \d+$/,
  },
  {
    what: 'receivables: a paid invoice that says it is owed',
    change: update('invoices', "status = 'finalized'", invoice),
    back: `update tallystick.invoices set status = 'paid' where tenant_id = $tenant and ${invoice.replace("'paid'", "'finalized'")}`,
    checks: ['receivables'],
    detail: /^receivable: debits less credits are 0, its rows say \d+$/,
  },
  {
    what: 'receivables: a cent of credit that nobody gave',
    ...oneMore('customer_credits', 'credit_cents', 'true'),
    checks: ['receivables'],
    detail: /^customer_credit: debits less credits are -\d+, its rows say -\d+$/,
  },
  {
    what: 'receivables: what time has earned of a line',
    ...oneMore('revenue_schedules', 'recognised_cents', `${invoice} and line_no = 1`),
    checks: ['receivables'],
    detail: /^deferred_fees: debits less credits are -\d+, its rows say -\d+$/,
  },
  {
    what: 'billing_periods: a period that ends after the next has begun',
    change: update('billing_periods', "ends_at = ends_at + interval '1 minute'", firstPeriod),
    back: update('billing_periods', "ends_at = ends_at - interval '1 minute'", firstPeriod),
    checks: ['billing_periods'],
    detail: /^billing period \S+ begins before the one before it has ended$/,
  },
];

/** Every kind of tampering, under the check that is to see it. */
export const TAMPERINGS: readonly Tampering[] = [
  {
    what: 'book_order: a use that happened before its predecessor',
    change: update('ai_token_usage', "occurred_at = occurred_at - interval '1 hour'", lastUse),
    back: update('ai_token_usage', "occurred_at = occurred_at + interval '1 hour'", lastUse),
    checks: ['book_order'],
    detail: /is earlier than its predecessor$/,
  },
  {
    what: 'usage: tokens that no grant paid for',
    ...oneMore('ai_token_usage', 'tokens_used', lastUse),
    checks: ['usage'],
    detail: /^tokens used by \S+: 78, the record says 77$/,
  },
  {
    what: 'usage: a receipt that does not follow from the use before it',
    change: update('ai_token_usage', 'grant_left_before[1] = grant_left_before[1] + 1', lastUse),
    back: update('ai_token_usage', 'grant_left_before[1] = grant_left_before[1] - 1', lastUse),
    checks: ['usage'],
    detail: /^tokens left of grant \S+ as \S+ has it: \d+, the record says \d+$/,
  },
  {
    what: 'usage: revenue that does not follow from the price',
    change: update('ai_token_usage', 'grant_recognised_cents[1] = grant_recognised_cents[1] + 1', lastUse),
    back: update('ai_token_usage', 'grant_recognised_cents[1] = grant_recognised_cents[1] - 1', lastUse),
    checks: ['usage'],
    detail: /^cents recognised by \S+: 0, the record says 1$/,
  },
  {
    what: 'usage: a request_id that is bound to another use',
    change: update('ai_token_usage', "request_id = request_id || ' again'", keyed),
    back: update('ai_token_usage', "request_id = replace(request_id, ' again', '')", keyed),
    checks: ['usage'],
    detail: /has request_id ".* again", which is bound to nothing$/,
  },
  {
    what: 'grants: a use that is gone',
    ...removal('ai_token_usage', keyed),
    checks: ['usage', 'grants', 'balances'],
    detail: /^tokens left of grant/,
  },
  {
    what: 'transactions: an amount that its transfers do not move',
    ...oneMore('billing_transactions', 'amount_cents', purchase),
    checks: ['transactions'],
    detail: /^cents of token_purchase \S+: 5, the record says 4$/,
  },
  {
    what: 'transactions: a transfer of another version than its transaction',
    change: update('transfers', 'book_version = book_version + 1', paid),
    back: update('transfers', 'book_version = book_version - 1', paid),
    checks: ['transactions'],
    detail: /^version of a transfer of token_purchase/,
  },
  {
    what: 'transactions: a transfer at another time than its transaction',
    change: update('transfers', "created_at = created_at + interval '1 second'", paid),
    back: update('transfers', "created_at = created_at - interval '1 second'", paid),
    checks: ['transactions'],
    detail: /^milliseconds of a transfer of token_purchase/,
  },
  {
    what: 'transactions: a transfer of a payment that has not settled',
    change: `insert into tallystick.transfers (tenant_id, created_at, transfer_id, transaction_id, book_version,
        debit_account, credit_account, asset, amount)
      select tenant_id, created_at, gen_random_uuid(), ${pending}, book_version, debit_account, credit_account, asset, 9
      from tallystick.transfers where tenant_id = $tenant and ${paid} returning 1`,
    back: 'delete from tallystick.transfers where tenant_id = $tenant and amount = 9',
    checks: ['transactions'],
    detail: /^a transfer of \S+ stands at version 1, where that has not settled$/,
  },
  {
    what: 'transactions: a transfer of another kind than its transaction',
    change: `insert into tallystick.transfers (tenant_id, created_at, transfer_id, transaction_id, book_version,
        debit_account, credit_account, asset, amount)
      select tenant_id, created_at, gen_random_uuid(), transaction_id, book_version, debit_account,
        'recognised_revenue', asset, 9
      from tallystick.transfers where tenant_id = $tenant and ${paid} returning 1`,
    back: 'delete from tallystick.transfers where tenant_id = $tenant and amount = 9',
    checks: ['transactions'],
    detail: /^token_purchase \S+ has a transfer cash>recognised_revenue$/,
  },
  {
    what: 'transactions: a transfer that is gone',
    ...removal('transfers', paid),
    checks: ['transactions', 'revenue'],
    detail: /^cents of token_purchase \S+: 4, the record says 0$/,
  },
  ...GRANTS,
  {
    what: 'grants: revenue of a grant',
    ...oneMore('ai_token_grants', 'recognised_cents', grant),
    checks: ['grants', 'revenue'],
    detail: /^grant \S+: recognised_cents is \d+, the record says \d+$/,
  },
  {
    what: 'holds: tokens that no hold pins',
    ...oneMore('ai_token_grants', 'tokens_held', grant),
    checks: ['holds'],
    detail: /^grant \S+: tokens_held is \d+, holds and refunds pin \d+$/,
  },
  {
    what: 'holds: an open hold that says it was released',
    change: update('ai_token_holds', "status = 'released'", "status = 'held'"),
    back: update('ai_token_holds', "status = 'held'", "status = 'released' and released_by is null"),
    checks: ['holds', 'balances'],
    detail: /tokens_held is \d+, holds and refunds pin \d+$/,
  },
  ...BALANCES,
  {
    what: 'balances: a balance that is gone',
    ...removal('ai_token_balances', 'true'),
    checks: ['balances'],
    detail: /^tokens_purchased is 0, the record says 7900$/,
  },
  {
    what: 'revenue: the price of a grant of which nothing was used',
    ...oneMore('ai_token_grants', 'price_cents', grant),
    checks: ['revenue'],
    detail: /^deferred_revenue is \d+ USD cents, open grants defer \d+$/,
  },
  {
    what: 'identity: money in an account of tokens',
    change: `with opened as (insert into tallystick.accounts values ($tenant, 'tokens_available', 'USD', now()))
      insert into tallystick.transfers (tenant_id, created_at, transfer_id, transaction_id, book_version, debit_account,
        credit_account, asset, amount)
      select tenant_id, created_at, gen_random_uuid(), transaction_id, book_version, 'cash', 'tokens_available', asset, 9
      from tallystick.transfers where tenant_id = $tenant and ${paid} returning 1`,
    back: `with gone as (delete from tallystick.transfers where tenant_id = $tenant and amount = 9)
      delete from tallystick.accounts where tenant_id = $tenant and account = 'tokens_available' and asset = 'USD'`,
    checks: ['transactions', 'identity'],
    detail: /has a transfer cash>tokens_available$/,
  },
  ...['token_hold', 'token_grant_expiry', 'payment_intent'].map(
    (kind): Tampering => ({
      what: `due_work: a ${kind} that nobody will look after`,
      change: `update tallystick.due_work set kind = 'lost ' || kind where tenant_id = $tenant and kind = '${kind}'
        and ref_id = (select ref_id from tallystick.due_work where tenant_id = $tenant and kind = '${kind}'
          order by next_due_at, ref_id limit 1)
        returning 1`,
      back: "update tallystick.due_work set kind = replace(kind, 'lost ', '') where tenant_id = $tenant",
      checks: ['due_work'],
      detail: new RegExp(`^${kind} \\S+ is not in due_work$`),
    }),
  ),
  ...CALLS,
  ...FEATURES,
  ...INVOICES,
];

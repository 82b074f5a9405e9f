import { halfEven } from '../money/index.ts';
import type { RecordedLine, RecordedTransaction, RecordedUsage } from './read-record.ts';
import type { AuditedGrant } from './snapshot.ts';

/** What the record says of one grant. */
export interface GrantTally {
  tokens_used: bigint;
  tokens_refunded: bigint;
  tokens_expired: bigint;
  recognised_cents: bigint;
  breakage_cents: bigint;
  refunded_cents: bigint;
}

/** What a refund takes back of revenue that rounding recognised while its provider was asked. */
const TAKEN_BACK = 'recognised_revenue>deferred_revenue';

/** Both ways between two accounts. */
const between = (one: string, other: string): string[] => [`${one}>${other}`, `${other}>${one}`];

/** What an invoice moves, and what taking it back does. */
const INVOICE_PATHS = ['deferred_fees', 'recognised_revenue', 'tax_payable', 'customer_credit'].flatMap(
  (account) => between('receivable', account),
);

/** The lines that a transaction of each type must have: where its amount and its tokens go, and what else it may move. */
const SHAPES: Record<string, { amount?: readonly string[]; tokens?: string; more?: readonly string[] }> = {
  token_purchase: {
    amount: ['cash>deferred_revenue', 'deferred_fees>deferred_revenue'],
    tokens: 'tokens_issued>tokens_available',
    more: ['tokens_available>tokens_shortfall', 'deferred_revenue>recognised_revenue'],
  },
  token_grant: { tokens: 'tokens_issued>tokens_available' },
  token_expiry: { amount: ['deferred_revenue>breakage_revenue'], tokens: 'tokens_available>tokens_expired' },
  refund: {
    amount: ['deferred_revenue>cash'],
    tokens: 'tokens_available>tokens_refunded',
    more: ['deferred_revenue>breakage_revenue', TAKEN_BACK],
  },
  dispute: {
    amount: ['deferred_revenue>cash', 'written_off>cash'],
    tokens: 'tokens_available>tokens_refunded',
    more: ['deferred_revenue>breakage_revenue', TAKEN_BACK],
  },
  invoice: { more: INVOICE_PATHS },
  invoice_void: { more: [...INVOICE_PATHS, ...between('deferred_fees', 'recognised_revenue')] },
  invoice_refund: { amount: ['customer_credit>cash'] },
  customer_credit: { amount: ['cash>customer_credit'] },
  invoice_payment: { amount: ['cash>receivable', 'cash>written_off'] },
  write_off: { amount: ['written_off>receivable'] },
  revenue_recognition: { amount: between('deferred_fees', 'recognised_revenue') },
};

/** Counters of a grant that a line moves, by `debit>credit`. */
const GRANT_COUNTERS: Record<string, keyof GrantTally> = {
  'tokens_available>tokens_shortfall': 'tokens_used',
  'tokens_available>tokens_expired': 'tokens_expired',
  'tokens_available>tokens_refunded': 'tokens_refunded',
  'deferred_revenue>recognised_revenue': 'recognised_cents',
  'deferred_revenue>breakage_revenue': 'breakage_cents',
  'deferred_revenue>cash': 'refunded_cents',
};

/**
 * A book computed again from its record alone, entry by entry in the order of versions. `differences` holds the first
 * thing wrong with the entries themselves, under the name of the check that it fails.
 */
export class Recomputed {
  /** Debits less credits of each account, by `account asset`. */
  readonly accounts = new Map<string, bigint>();
  readonly grants = new Map<string, GrantTally>();
  readonly differences = new Map<string, string>();
  entries = 0n;
  sold_tokens = 0n;
  given_tokens = 0n;
  #last_version = 0n;
  #last_at = new Date(0);
  readonly #terms: ReadonlyMap<string, AuditedGrant>;

  constructor(terms: ReadonlyMap<string, AuditedGrant>) {
    this.#terms = terms;
  }

  /** Adds the entries of one range of versions; both lists are in the order of versions. */
  add(usage: RecordedUsage[], transactions: RecordedTransaction[], strays: RecordedLine[]): void {
    const [stray] = strays;
    if (stray) {
      this.#differ(
        'transactions',
        `a transfer of ${stray.transaction_id} stands at version ${stray.book_version}, where that has not settled`,
      );
    }
    const entries = [
      ...usage.map((row) => ({ row, add: () => this.#addUsage(row) })),
      ...transactions.map((row) => ({ row, add: () => this.#addTransaction(row) })),
    ];
    entries.sort((a, b) =>
      a.row.book_version < b.row.book_version ? -1 : a.row.book_version > b.row.book_version ? 1 : 0,
    );
    for (const { row, add } of entries) {
      this.entries += 1n;
      if (row.book_version <= this.#last_version)
        this.#differ('book_order', `version ${row.book_version} is taken twice`);
      if (row.at < this.#last_at)
        this.#differ(
          'book_order',
          `the entry of version ${row.book_version} is earlier than its predecessor`,
        );
      this.#last_version = row.book_version;
      this.#last_at = row.at;
      add();
    }
  }

  #addUsage(row: RecordedUsage): void {
    const burned = sumOf(row.grant_tokens);
    const { usage_id, request_id, bound_usage_id } = row;
    this.#expect('usage', row.tokens_used, burned + row.shortfall_tokens, `tokens used by ${usage_id}`);
    this.#expect(
      'usage',
      row.recognised_cents,
      sumOf(row.grant_recognised_cents),
      `cents recognised by ${usage_id}`,
    );
    if ((request_id !== null || row.hold_id !== null) && bound_usage_id !== usage_id) {
      this.#differ(
        'usage',
        `${usage_id} has request_id "${request_id}", which is bound to ${bound_usage_id ?? 'nothing'}`,
      );
    }
    for (const index of row.grant_ids.keys()) this.#addBurn(row, index);
    this.#move('tokens_available', 'tokens_consumed', 'AI_TOKEN', burned);
    this.#move('tokens_shortfall', 'tokens_consumed', 'AI_TOKEN', row.shortfall_tokens);
    this.#move('deferred_revenue', 'recognised_revenue', row.currency, row.recognised_cents);
  }

  /** A burn must follow from where the record left its grant, and its revenue from the grant's price. */
  #addBurn(row: RecordedUsage, index: number): void {
    const grant_id = row.grant_ids[index] ?? '';
    const terms = this.#terms.get(grant_id);
    if (!terms) {
      this.#differ('usage', `${row.usage_id} burned grant ${grant_id}, which does not exist`);
      return;
    }
    const tally = this.#tally(grant_id);
    const left = terms.tokens - tally.tokens_used - tally.tokens_refunded - tally.tokens_expired;
    const deferred = terms.price_cents - tally.recognised_cents - tally.breakage_cents - tally.refunded_cents;
    const tokens = row.grant_tokens[index] ?? 0n;
    const owed = halfEven(terms.price_cents * (left - tokens), terms.tokens);
    const recognised = deferred > owed ? deferred - owed : 0n;
    const of = `grant ${grant_id} as ${row.usage_id} has it`;
    this.#expect('usage', row.grant_left_before[index], left, `tokens left of ${of}`);
    this.#expect('usage', row.grant_deferred_before_cents[index], deferred, `cents deferred of ${of}`);
    this.#expect('usage', row.grant_recognised_cents[index], recognised, `cents recognised of ${of}`);
    tally.tokens_used += tokens;
    tally.recognised_cents += recognised;
  }

  #addTransaction(row: RecordedTransaction): void {
    const shape = SHAPES[row.type] ?? {};
    const moved = (paths: readonly string[]): bigint =>
      sumOf(row.lines.filter((line) => paths.includes(pathOf(line))).map((line) => line.amount));
    const of = `${row.type} ${row.transaction_id}`;
    this.#expect(
      'transactions',
      row.tokens,
      moved(shape.tokens === undefined ? [] : [shape.tokens]),
      `tokens of ${of}`,
    );
    if (shape.amount) this.#expect('transactions', row.amount_cents, moved(shape.amount), `cents of ${of}`);
    if (row.type === 'token_purchase') this.sold_tokens += row.tokens;
    if (row.type === 'token_grant') this.given_tokens += row.tokens;
    const known = [...(shape.amount ?? []), shape.tokens, ...(shape.more ?? [])];
    for (const line of row.lines) {
      if (!known.includes(pathOf(line))) this.#differ('transactions', `${of} has a transfer ${pathOf(line)}`);
      this.#expect('transactions', line.book_version, row.book_version, `version of a transfer of ${of}`);
      const [at, settled_at] = [line.at, row.at].map((time) => BigInt(time.getTime()));
      this.#expect('transactions', at, settled_at ?? 0n, `milliseconds of a transfer of ${of}`);
      this.#addLine(line);
    }
  }

  #addLine(line: RecordedLine): void {
    this.#move(line.debit_account, line.credit_account, line.asset, line.amount);
    const path = pathOf(line);
    const counter = GRANT_COUNTERS[path];
    if (counter && line.grant_id) this.#tally(line.grant_id)[counter] += line.amount;
    if (path === TAKEN_BACK && line.grant_id) this.#tally(line.grant_id).recognised_cents -= line.amount;
  }

  #move(debit: string, credit: string, asset: string, amount: bigint): void {
    const add = (account: string, change: bigint): void => {
      this.accounts.set(`${account} ${asset}`, (this.accounts.get(`${account} ${asset}`) ?? 0n) + change);
    };
    add(debit, amount);
    add(credit, -amount);
  }

  #tally(grant_id: string): GrantTally {
    let tally = this.grants.get(grant_id);
    if (!tally) {
      tally = {
        tokens_used: 0n,
        tokens_refunded: 0n,
        tokens_expired: 0n,
        recognised_cents: 0n,
        breakage_cents: 0n,
        refunded_cents: 0n,
      };
      this.grants.set(grant_id, tally);
    }
    return tally;
  }

  #expect(check: string, stored: bigint | undefined, computed: bigint, what: string): void {
    if (stored !== computed) this.#differ(check, `${what}: ${stored}, the record says ${computed}`);
  }

  #differ(check: string, difference: string): void {
    if (!this.differences.has(check)) this.differences.set(check, difference);
  }
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

function pathOf(line: RecordedLine): string {
  return `${line.debit_account}>${line.credit_account}`;
}

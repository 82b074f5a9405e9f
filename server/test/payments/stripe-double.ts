import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';

/** What a request is answered with, or what becomes of it. */
export type Trouble = 'hang' | 'die_before' | 'die_after' | 500 | 429 | 402;

/** A form as Stripe is sent one: `metadata[tenant_id]` and the like. */
type Form = Record<string, string>;
type Resource = Record<string, unknown> & { id: string };

/** A request that reached the double. */
export interface DoubleRequest {
  method: string;
  path: string;
  form: Form;
  idempotency_key: string | undefined;
}

class Refusal extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;
  constructor(status: number, error: Record<string, unknown>) {
    super(String(error.message));
    this.status = status;
    this.body = { error };
  }
}

const SECRET_KEY = 'sk_test_double';

/**
 * Stripe as far as we use it, on a port of this machine: a real HTTP server that checks method, path, form, key and
 * Idempotency-Key of what it is sent, keeps what was made, answers a repeated key with the first answer, and gets into
 * trouble on demand. Cards are named as Stripe's test cards are.
 */
export class StripeDouble {
  readonly secret_key = SECRET_KEY;
  readonly requests: DoubleRequest[] = [];
  /** What becomes of the next requests, in order. */
  readonly troubles: Trouble[] = [];
  readonly resources = new Map<string, Resource>();
  /** Requests that broke a rule of Stripe's; a test expects none. */
  readonly complaints: string[] = [];
  readonly #answers = new Map<string, { form: string; status: number; body: unknown }>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #hanging = new Set<ServerResponse>();
  #count = 0;

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const response of this.#hanging) response.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** All that was made of one kind, by the beginning of its id. */
  made(prefix: string): Resource[] {
    return [...this.resources.values()].filter(({ id }) => id.startsWith(prefix));
  }

  /** The cents that were really taken. */
  get taken(): number {
    return this.made('pi_').reduce(
      (sum, intent) => sum + (intent.status === 'succeeded' ? Number(intent.amount) : 0),
      0,
    );
  }

  put(resource: Resource): Resource {
    this.resources.set(resource.id, resource);
    return resource;
  }

  change(id: string, changes: Record<string, unknown>): Resource {
    return this.put({ ...this.#get(id), ...changes });
  }

  /** The owner of the card confirms a payment at its bank. */
  confirm(id: string): void {
    this.change(id, { status: 'succeeded', next_action: null });
  }

  /** Somebody pays, or saves a card, on the page of a checkout. */
  complete(session_id: string, card = 'pm_card_visa'): void {
    const session = this.#get(session_id);
    const customer = session.customer;
    const payment_method = this.#card(card, customer).id;
    if (session.mode === 'setup') {
      const setup = this.#make('seti', { status: 'succeeded', customer, payment_method });
      this.change(session_id, { status: 'complete', setup_intent: setup.id });
      return;
    }
    const metadata = session.intent_metadata as Form;
    const amount = session.amount_total;
    const intent = this.#make('pi', { status: 'succeeded', amount, customer, payment_method, metadata });
    this.change(session_id, { status: 'complete', payment_status: 'paid', payment_intent: intent.id });
  }

  /** A bank takes a payment back, or a part of it. */
  dispute(
    payment_intent: string,
    status = 'needs_response',
    amount = this.#get(payment_intent).amount,
  ): Resource {
    return this.#make('dp', { payment_intent, amount, currency: 'usd', status, reason: 'fraudulent' });
  }

  /** An event as Stripe would send it, signed with `secret` at a time. */
  event(
    type: string,
    object: unknown,
    { secret, at, id }: { secret: string; at: Date; id?: string },
  ): { payload: string; signature: string } {
    this.#count += 1;
    const event = { id: id ?? `evt_${this.#count}`, object: 'event', type, data: { object } };
    const payload = JSON.stringify(event);
    const timestamp = Math.floor(at.getTime() / 1000);
    return { payload, signature: Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp }) };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    const url = new URL(request.url ?? '/', this.address);
    const form = Object.fromEntries([...url.searchParams, ...new URLSearchParams(text)]);
    const idempotency_key = request.headers['idempotency-key'] as string | undefined;
    const asked = { method: request.method ?? '', path: url.pathname, form, idempotency_key };
    this.requests.push(asked);
    const trouble = this.troubles.shift();
    if (trouble === 'hang') {
      this.#hanging.add(response);
      return;
    }
    if (trouble === 'die_before') return void request.socket.destroy();
    const { status, body } =
      typeof trouble === 'number' ? troubled(trouble) : this.#answer(request, asked, text);
    if (trouble === 'die_after') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json', 'request-id': `req_${this.#count}` });
    response.end(JSON.stringify(body));
  }

  #answer(request: IncomingMessage, asked: DoubleRequest, text: string): { status: number; body: unknown } {
    if (request.headers.authorization !== `Bearer ${SECRET_KEY}`)
      return { status: 401, body: { error: { type: 'invalid_request_error', message: 'bad key' } } };
    if (asked.method === 'POST') {
      const type = request.headers['content-type'];
      if (text !== '' && type !== 'application/x-www-form-urlencoded')
        this.complaints.push(`sent as ${type}`);
      if (asked.idempotency_key === undefined) this.complaints.push(`${asked.path} without a key`);
    }
    const key = asked.method === 'POST' ? `${asked.path} ${asked.idempotency_key}` : undefined;
    const before = key === undefined ? undefined : this.#answers.get(key);
    if (before !== undefined) {
      if (before.form === text) return before;
      const message = 'Keys for idempotent requests can only be used with the same parameters.';
      return { status: 400, body: { error: { type: 'idempotency_error', message } } };
    }
    const answer = this.#decide(asked);
    if (key !== undefined) this.#answers.set(key, { form: text, ...answer });
    return answer;
  }

  #decide(asked: DoubleRequest): { status: number; body: unknown } {
    try {
      return { status: 200, body: this.#route(asked) };
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: error.body };
      throw error;
    }
  }

  #route({ method, path, form }: DoubleRequest): unknown {
    const [, version, ...parts] = path.split('/');
    if (version !== 'v1') throw new Refusal(404, { type: 'invalid_request_error', message: path });
    const [noun = '', id = '', verb = ''] = parts;
    switch (`${method} ${parts.length === 1 ? noun : `${noun}/${verb || 'id'}`}`) {
      case 'POST customers':
        return this.#make('cus', { metadata: metadataOf(form), name: form.name });
      case 'GET customers/id':
      case 'GET payment_intents/id':
      case 'GET refunds/id':
      case 'GET disputes/id':
      case 'GET payment_methods/id':
        return id === 'search' ? this.#search(form) : this.#expanded(this.#get(id), form);
      case 'POST payment_intents':
        return this.#charge(form);
      case 'POST payment_intents/confirm':
        return this.change(id, {
          status: 'requires_action',
          last_payment_error: null,
          next_action: { type: 'redirect_to_url', redirect_to_url: { url: `https://bank.example/${id}` } },
        });
      case 'POST payment_intents/cancel':
        if (this.#get(id).status === 'succeeded')
          throw refused('payment_intent_unexpected_state', 'it has succeeded');
        return this.change(id, { status: 'canceled' });
      case 'POST refunds':
        return this.#refund(form);
      case 'GET refunds':
        return listed(this.made('re_').filter((refund) => refund.payment_intent === form.payment_intent));
      case 'POST setup_intents':
        return this.#setUp(form);
      case 'POST payment_methods/detach':
        return this.change(id, { customer: null });
      default:
        return this.#checkout(method, parts, form);
    }
  }

  #checkout(method: string, [noun, kind, id = '', verb]: string[], form: Form): unknown {
    if (noun !== 'checkout' || kind !== 'sessions')
      throw new Refusal(404, { type: 'invalid_request_error', message: `no such path: ${method} ${noun}` });
    if (method === 'GET') return this.#expanded(this.#get(id), form);
    if (verb === 'expire') {
      if (this.#get(id).status !== 'open') throw refused('resource_missing', 'it is not open');
      return this.change(id, { status: 'expired' });
    }
    const made = this.#make('cs', {
      mode: form.mode,
      status: 'open',
      payment_status: 'unpaid',
      customer: form.customer,
      metadata: metadataOf(form),
      intent_metadata: metadataOf(form, 'payment_intent_data[metadata]'),
      amount_total: Number(form['line_items[0][price_data][unit_amount]'] ?? 0),
      payment_intent: null,
      setup_intent: null,
    });
    return this.change(made.id, { url: `https://checkout.example/${made.id}` });
  }

  #charge(form: Form): Resource {
    for (const name of ['amount', 'currency', 'confirm', 'off_session', 'payment_method', 'customer'])
      if (form[name] === undefined) this.complaints.push(`a charge without ${name}`);
    const card = this.#card(form.payment_method ?? '', form.customer);
    const intent = this.#make('pi', {
      object: 'payment_intent',
      amount: Number(form.amount),
      currency: form.currency,
      customer: form.customer,
      payment_method: card.id,
      metadata: metadataOf(form),
      status: 'succeeded',
      next_action: null,
    });
    const code = DECLINES[String(card.name)];
    if (code === undefined) {
      return card.name === 'pm_card_slow' ? this.change(intent.id, { status: 'processing' }) : intent;
    }
    const error = { type: 'card_error', code, decline_code: code, message: `Your card: ${code}.` };
    const failed = this.change(intent.id, { status: 'requires_payment_method', last_payment_error: error });
    throw new Refusal(402, { ...error, payment_intent: failed });
  }

  #refund(form: Form): Resource {
    const intent = this.#get(form.payment_intent ?? '');
    const before = this.made('re_').filter((refund) => refund.payment_intent === intent.id);
    const total = before.reduce((sum, refund) => sum + Number(refund.amount), Number(form.amount));
    if (total > Number(intent.amount)) throw refused('charge_already_refunded', 'it was refunded');
    return this.#make('re', {
      amount: Number(form.amount),
      payment_intent: intent.id,
      metadata: metadataOf(form),
      status:
        this.#get(String(intent.payment_method)).name === 'pm_card_slow_refund' ? 'pending' : 'succeeded',
    });
  }

  #setUp(form: Form): Resource {
    const card = this.#card(form.payment_method ?? '', form.customer);
    if (card.name === 'pm_card_refused')
      throw new Refusal(402, {
        type: 'card_error',
        code: 'card_declined',
        message: 'Your card was declined.',
      });
    const status = card.name === 'pm_card_owner_wanted' ? 'requires_action' : 'succeeded';
    const setup = this.#make('seti', { status, customer: form.customer, payment_method: card.id });
    return this.#expanded(setup, form);
  }

  /** A card by its name, or by the id that it was given when it was first seen. */
  #card(name: string, customer: unknown): Resource {
    const known = this.resources.get(name);
    if (known !== undefined) return known;
    if (!name.startsWith('pm_card')) throw refused('resource_missing', `No such PaymentMethod: '${name}'`);
    const card = { brand: 'visa', last4: '4242', exp_month: 8, exp_year: 2030 };
    return this.#make('pm', { name, type: 'card', customer, card });
  }

  #search({ query = '' }: Form): unknown {
    const [, wanted] = /metadata\['transaction_id'\]:'([^']+)'/.exec(query) ?? [];
    const found = this.made('pi_').filter(
      ({ metadata }) => (metadata as Form | undefined)?.transaction_id === wanted,
    );
    return { ...listed(found), object: 'search_result' };
  }

  #expanded(resource: Resource, form: Form): Resource {
    const wanted = Object.entries(form).filter(([name]) => name.startsWith('expand['));
    return wanted.reduce((whole, [, path]) => this.#expand(whole, path.split('.')), resource);
  }

  #expand(resource: Resource, [field = '', ...rest]: string[]): Resource {
    const id = resource[field];
    if (typeof id !== 'string') return resource;
    const inner = this.#get(id);
    return { ...resource, [field]: rest.length === 0 ? inner : this.#expand(inner, rest) };
  }

  #make(prefix: string, fields: Record<string, unknown>): Resource {
    this.#count += 1;
    const id = `${prefix}_${createHash('sha256').update(String(this.#count)).digest('hex').slice(0, 20)}`;
    return this.put({ id, ...fields });
  }

  #get(id: string): Resource {
    const found = this.resources.get(id);
    if (found === undefined) throw refused('resource_missing', `No such thing: '${id}'`);
    return found;
  }
}

/** Cards whose charges fail, and with which code. */
const DECLINES: Record<string, string> = {
  pm_card_insufficient: 'insufficient_funds',
  pm_card_lost: 'lost_card',
  pm_card_3ds: 'authentication_required',
};

function refused(code: string, message: string): Refusal {
  return new Refusal(code === 'resource_missing' ? 404 : 400, {
    type: 'invalid_request_error',
    code,
    message,
  });
}

function troubled(status: 500 | 429 | 402): { status: number; body: unknown } {
  const errors = {
    500: { type: 'api_error', message: 'Something went wrong at Stripe.' },
    429: { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' },
    402: { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' },
  };
  return { status, body: { error: errors[status] } };
}

function metadataOf(form: Form, prefix = 'metadata'): Form {
  return Object.fromEntries(
    Object.entries(form)
      .filter(([name]) => name.startsWith(`${prefix}[`))
      .map(([name, value]) => [name.slice(prefix.length + 1, -1), value]),
  );
}

function listed(data: Resource[]): { object: string; data: Resource[]; has_more: boolean; url: string } {
  return { object: 'list', data, has_more: false, url: '/v1' };
}

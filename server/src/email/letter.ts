import { PageWords } from '../invoice-pdf/index.ts';
import type { AfterDecline, EmailContent, EmailFacts, EmailKind, Money } from './content.ts';

/** An e-mail in words, before it is text or HTML. */
export interface Letter {
  heading: string;
  paragraphs: string[];
  /** Label and value. */
  figures: [string, string][];
  action: { label: string; url: string } | null;
}

/** What a letter may refer to. */
export interface LetterContext {
  /** Of the invoice or credit note; null where there is none, or it is not numbered yet. */
  number: string | null;
  /** Where the reader sees what it is about; null where nobody said where the server is reached. */
  dashboard_url: string | null;
  /** Of the IANA database: the days that a letter names are the reader's. */
  time_zone: string;
}

/** What a mailbox shows first. It names the amount or the plan, and is said before there is a number. */
export function subjectOf({ kind, facts }: EmailContent): string {
  switch (kind) {
    case 'invoice_issued':
      return `Your invoice for ${money(facts.total)}`;
    case 'payment_received':
      return `We received your payment of ${money(facts.amount)}`;
    case 'payment_declined':
      return `Your payment of ${money(facts.amount)} was declined`;
    case 'payment_needs_confirmation':
      return `Please confirm your payment of ${money(facts.amount)}`;
    case 'subscription_suspended':
      return `Your ${facts.plan} subscription is suspended`;
    case 'subscription_recovered':
      return `Your ${facts.plan} subscription is active again`;
    case 'trial_ending':
      return `Your ${facts.plan} trial ends soon`;
    case 'subscription_cancelled':
      return `Your ${facts.plan} subscription ${facts.ended ? 'has ended' : 'is cancelled'}`;
    case 'refund_issued':
      return `We refunded ${money(facts.amount)}`;
  }
}

/** The words of an e-mail. Pure: nothing but what it is given. */
export function letterOf(content: EmailContent, context: LetterContext): Letter {
  const write = writers[content.kind] as (facts: unknown, context: LetterContext) => Omit<Letter, 'heading'>;
  return { heading: subjectOf(content), ...write(content.facts, context) };
}

type Writers = {
  [Kind in EmailKind]: (facts: EmailFacts[Kind], context: LetterContext) => Omit<Letter, 'heading'>;
};

const writers: Writers = {
  invoice_issued: ({ total, credit_applied, due, due_on }, { number, dashboard_url, time_zone }) => ({
    paragraphs: [
      'Your invoice is attached as a PDF.',
      due.cents === 0n
        ? 'Your credit covers it, so there is nothing to pay.'
        : 'If a payment method is on file it is charged automatically. Otherwise please pay by the date below.',
    ],
    figures: [
      ...numbered('Invoice', number),
      ['Total', money(total)],
      ...(credit_applied.cents === 0n ? [] : [pair('Paid from your credit', money(credit_applied))]),
      ...(due.cents === 0n ? [] : [pair('To pay', money(due)), pair('Due on', day(due_on, time_zone))]),
    ],
    action: toAccount(dashboard_url),
  }),
  payment_received: ({ amount, paid_on, tokens }, { number, dashboard_url, time_zone }) => ({
    paragraphs: [
      tokens === null
        ? 'Thank you. Your invoice is attached as a PDF.'
        : 'Thank you. Your tokens are on your balance.',
    ],
    figures: [
      ...numbered('Invoice', number),
      ...(tokens === null ? [] : [pair('Tokens', tokens.toLocaleString('en-US'))]),
      ['Paid', money(amount)],
      ['Paid on', day(paid_on, time_zone)],
    ],
    action: toAccount(dashboard_url),
  }),
  payment_declined: (facts, { number, dashboard_url, time_zone }) => ({
    paragraphs: declined(facts, time_zone),
    figures: [
      ...numbered('Invoice', number),
      ['Amount', money(facts.amount)],
      ['Reason', facts.reason],
      ...(facts.next_on === null ? [] : [pair('Next attempt', day(facts.next_on, time_zone))]),
    ],
    action: toAccount(dashboard_url),
  }),
  payment_needs_confirmation: ({ amount, action_url }) => ({
    paragraphs: [
      'Your bank asks that you confirm this payment yourself. Until you do, nothing is charged.',
      'Please confirm it within 24 hours; after that it is given up.',
    ],
    figures: [['Amount', money(amount)]],
    action: { label: 'Confirm the payment', url: action_url },
  }),
  subscription_suspended: ({ plan, owed, ends_on }, { dashboard_url, time_zone }) => ({
    paragraphs: [
      `We could not collect your last invoice. Your account is on the free plan, without what ${plan} includes.`,
      `Pay what is owed and your subscription is active again at once. If it is not paid by ${day(ends_on, time_zone)}, the subscription ends.`,
    ],
    figures: [['Owed', money(owed)]],
    action: toAccount(dashboard_url),
  }),
  subscription_recovered: ({ plan, renews_on }, { dashboard_url, time_zone }) => ({
    paragraphs: [`Thank you. Nothing is owed any more, and you have all that ${plan} includes again.`],
    figures: [['Current period until', day(renews_on, time_zone)]],
    action: toAccount(dashboard_url),
  }),
  trial_ending: ({ plan, ends_on, price, interval }, { dashboard_url, time_zone }) => ({
    paragraphs: [
      price.cents === 0n
        ? `After the trial your ${plan} subscription goes on; it costs nothing.`
        : 'After the trial your subscription goes on, and the first period is charged. Cancel before then and you pay nothing.',
    ],
    figures: [
      ['Trial ends on', day(ends_on, time_zone)],
      ['Price from then on', `${money(price)} a ${interval}`],
    ],
    action: toAccount(dashboard_url),
  }),
  subscription_cancelled: ({ plan, ends_on, ended, unpaid }, { dashboard_url, time_zone }) => ({
    paragraphs: [
      ...(unpaid ? ['What was owed has not been paid, so your subscription has ended.'] : []),
      ended
        ? 'Your account is on the free plan.'
        : `You have all that ${plan} includes until ${day(ends_on, time_zone)}. It does not renew; you can resume it until then.`,
    ],
    figures: [[ended ? 'Ended on' : 'Ends on', day(ends_on, time_zone)]],
    action: toAccount(dashboard_url),
  }),
  refund_issued: ({ amount, reason }, { number, dashboard_url }) => ({
    paragraphs: [
      `The money goes back to where you paid from; your bank may take some days.${number === null ? '' : ' The credit note is attached as a PDF.'}`,
    ],
    figures: [...numbered('Credit note', number), ['Refunded', money(amount)], ['Reason', reason]],
    action: toAccount(dashboard_url),
  }),
};

function declined(
  { next_on, after_last, attempt, attempts_max }: EmailFacts['payment_declined'],
  time_zone: string,
): string[] {
  if (next_on === null) return [endings[after_last]];
  return [
    `We will try again on ${day(next_on, time_zone)}: this was attempt ${attempt} of ${attempts_max}.`,
    `Please check your payment method. ${warnings[after_last]}`,
  ];
}

const endings: Readonly<Record<AfterDecline, string>> = {
  suspended: 'This was the last attempt, so your subscription is suspended until what is owed is paid.',
  stays_owed: 'This was the last attempt. The amount is still owed; please pay it or contact us.',
  not_started: 'Your subscription was not started and nothing is owed. You can try again at any time.',
  not_changed: 'Your plan was not changed and nothing is owed for it. You can try again at any time.',
};

const warnings: Readonly<Record<AfterDecline, string>> = {
  ...endings,
  suspended: 'If the last attempt fails too, your subscription is suspended until what is owed is paid.',
  stays_owed: 'If the last attempt fails too, the amount stays owed and is not charged by itself any more.',
};

function numbered(label: string, number: string | null): [string, string][] {
  return number === null ? [] : [[label, number]];
}

function pair(label: string, value: string): [string, string] {
  return [label, value];
}

function toAccount(url: string | null): Letter['action'] {
  return url === null ? null : { label: 'View your account', url };
}

function money({ cents, currency }: Money): string {
  return new PageWords(currency, 'UTC').money(cents);
}

function day(at: Date, time_zone: string): string {
  return new PageWords('USD', time_zone).day(at);
}

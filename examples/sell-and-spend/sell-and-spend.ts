import { InsufficientTokensError, paginate, Tallystick, withHold } from '@tallystick/sdk';

// A platform sells AI tokens to a podcast studio, the studio spends them, and both can prove every one.
// How to run it: see README.md beside this file.

const base_url = process.env.TALLYSTICK_URL ?? 'http://127.0.0.1:4600';
const operator_key = process.env.TALLYSTICK_KEY;
if (operator_key === undefined)
  throw new Error('TALLYSTICK_KEY takes an operator key; tallystick serve prints one');

/** A model that writes a summary and says what it used, as providers do at the end of an answer. */
async function pretendModel(prompt: string) {
  return { text: `In short: ${prompt.slice(0, 20)}...`, total_tokens: 1870 };
}

// The operator makes the studio and hands it a key of its own.
const operator = new Tallystick({ base_url, api_key: operator_key });
const { tenant_id, name } = await operator.createTenant({ name: 'North Star Audio' });
const { api_key } = await operator.createApiKey({ tenant_id, name: "the studio's server" });
if (api_key === undefined) throw new Error('this was a retry: the key is shown once, so make another');
const studio = new Tallystick({ base_url, api_key });
console.log(`tenant      ${name} ${tenant_id}`);

// The studio buys with the sandbox's card, and is given some to begin with. Given tokens that expire burn first.
const purchase = await studio.purchaseAiTokens({ tokens_to_purchase: 100_000 });
console.log(`bought      ${purchase.tokens_purchased} tokens for ${purchase.amount_cents} cents`);
const welcome = await operator
  .forTenant(tenant_id)
  .grantAiTokens({ tokens: 5_000, reason: 'welcome', priority: 0, expires_at: '2099-01-01T00:00:00Z' });
console.log(`given       ${welcome.tokens} tokens, now ${welcome.balance}`);

// What is used is told after the fact, once for each request_id.
for (const [feature_type, tokens_used] of [
  ['transcript_analysis', 4_200],
  ['ad_generation', 1_300],
] as const) {
  const request_id = `episode-12/${feature_type}`;
  const { balance_after } = await studio.useAiTokens({ feature_type, tokens_used, request_id });
  console.log(`used        ${tokens_used} for ${feature_type}, now ${balance_after}`);
}

// Or held before a call whose price nobody knows yet, and settled with what it really used, also if it breaks off.
const { result, settlement } = await withHold(
  studio,
  { tokens: 4_000, feature_type: 'content_generation' },
  async (held) => {
    const answer = await pretendModel('A talk about lighthouses, fog and patience');
    held.tokens_used = answer.total_tokens;
    return answer.text;
  },
);
console.log(
  `settled     ${settlement?.tokens_used} of 4000 held, now ${settlement?.balance_after}: "${result}"`,
);

// Nobody spends what is not there.
try {
  await studio.useAiTokens({ feature_type: 'ad_generation', tokens_used: 1_000_000 });
} catch (error) {
  if (!(error instanceof InsufficientTokensError)) throw error;
  console.log(`refused     ${error.tokens_required} are needed, ${error.tokens_remaining} are there`);
}

// The receipt says which grants paid for a use, and what revenue was recognised.
if (settlement !== undefined) {
  const receipt = await studio.getAiTokenReceipt({ usage_id: settlement.usage_id });
  for (const grant of receipt.grants) {
    console.log(`receipt     ${grant.tokens} tokens of the ${grant.source} grant: ${grant.arithmetic}`);
  }
  console.log(`replays     ${receipt.replays}`);
}

// The studio gets the money back for what it has not used.
const refund = await studio.refundTransaction({ transaction_id: purchase.transaction_id, reason: 'closing' });
console.log(
  `refunded    ${refund.amount_cents} cents for ${refund.tokens_refunded} tokens, now ${refund.balance}`,
);

// Every line of the account that keeps the studio's tokens, newest first.
const lines = (page: { cursor?: string }) =>
  studio.getAccountStatement({ account: 'tokens_available', ...page });
for await (const { occurred_at, debit, credit, balance_after } of paginate(lines)) {
  console.log(`statement   ${occurred_at} ${credit - debit} -> ${balance_after}`);
}

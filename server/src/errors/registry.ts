import { billingErrors } from './billing-errors.ts';
import type { ErrorEntry } from './error-entry.ts';
import { paymentErrors } from './payment-errors.ts';

/**
 * Every code that an answer of this server can carry. A code is never renamed: clients match on it.
 * The page /docs/errors/<code> is made from its row.
 */
export const errorRegistry = {
  monetization_disabled: {
    status: 404,
    title: 'Monetization is switched off',
    explanation:
      'The server runs with ENABLE_MONETIZATION off, so no route under /api/v1/monetization answers, whoever asks. Nothing is recorded or limited meanwhile.',
    remedy: 'Start the server with ENABLE_MONETIZATION=true. What fell due in between is caught up then.',
  },
  route_not_found: {
    status: 404,
    title: 'No such route',
    explanation: 'No route has this method and path.',
    remedy: 'Compare the method and the path with /docs. Paths have no trailing slash.',
  },
  url_malformed: {
    status: 400,
    title: 'The URL cannot be read',
    explanation: 'The path holds a percent escape that is not valid UTF-8.',
    remedy: 'Encode path segments with encodeURIComponent or its like.',
  },
  unauthenticated: {
    status: 401,
    title: 'A valid API key is needed',
    explanation:
      'The request carried no API key, or one that is unknown, mistyped (its checksum does not fit), expired or revoked. Which of these it was is not told.',
    remedy:
      'Send the header "Authorization: Bearer KEY" with a current key. Make one with "tallystick keys create".',
  },
  origin_refused: {
    status: 403,
    title: 'The request comes from another site',
    explanation:
      'A session changes things only from the pages of this server: the header Origin names another address, or is missing.',
    remedy:
      'Use the dashboard at the address that PUBLIC_URL names, or an API key. Behind a proxy, pass the header Host on.',
  },
  credentials_refused: {
    status: 401,
    title: 'The e-mail address or the password is wrong',
    explanation: 'Nobody signs in with this address and password. Which of the two is wrong is not told.',
    remedy: 'Try again. Who has forgotten the password asks an administrator for another user.',
  },
  sign_in_limited: {
    status: 429,
    title: 'Too many attempts to sign in',
    explanation: 'From this address too many attempts to sign in have come within a minute.',
    remedy: 'Wait for the seconds that Retry-After names.',
  },
  email_taken: {
    status: 409,
    title: 'The e-mail address is taken',
    explanation: 'An address belongs to one user, and a user to one tenant.',
    remedy: 'Use another address, or remove the user who has it.',
  },
  users_too_many: {
    status: 409,
    title: 'The tenant has too many users',
    explanation: 'A tenant may have 200 users.',
    remedy: 'Remove users who do not sign in any more.',
  },
  decision_key_invalid: {
    status: 401,
    title: 'The key to decide about is not valid',
    explanation:
      'The api_key of the request is unknown, mistyped, expired or revoked, or it is a key of a tenant that the caller does not act for. Which of these it was is not told.',
    remedy: 'Refuse the call that you asked about. The key that you asked with is fine.',
  },
  scope_missing: {
    status: 403,
    title: 'The key lacks the scope',
    explanation:
      'Each route asks for one scope. "admin" contains "write", and "write" contains "read"; nothing contains "admin" but itself. A key made without scopes has "read" and "write".',
    remedy: 'Use a key that has the scope the detail names, or make one.',
  },
  operator_only: {
    status: 403,
    title: 'Only the operator may do this',
    explanation:
      'The route, or a field of the request, belongs to operator keys. The key used belongs to a tenant.',
    remedy: 'Ask the operator, or use an operator key with the header Tallystick-Tenant.',
  },
  tier_without_children: {
    status: 403,
    title: 'The tier does not include child tenants',
    explanation: 'A tenant may create tenants of its own only where its subscription tier says so.',
    remedy: 'Move to a tier that includes child tenants.',
  },
  tier_name_taken: {
    status: 409,
    title: 'The name of the tier is taken',
    explanation: 'A catalogue has one tier of a name, archived ones included.',
    remedy: 'Choose another name, or make a new version of the tier that has it.',
  },
  tier_revised_meanwhile: {
    status: 409,
    title: 'The tier was changed at the same time',
    explanation: 'Somebody else made the next version of the tier between our reading and our writing it.',
    remedy: 'Read the tier, and send the change again if it is still wanted.',
  },
  tiers_too_many: {
    status: 409,
    title: 'The catalogue has too many tiers',
    explanation: 'A catalogue may have 200 tiers, archived ones included.',
    remedy: 'Make new versions of the tiers that are there.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    explanation:
      'Nothing with this id exists, or it belongs to a tenant that the key may not see. The two are not told apart on purpose.',
    remedy: 'Check the id, and the tenant that the key or the header Tallystick-Tenant names.',
  },
  body_malformed: {
    status: 400,
    title: 'The body is not JSON',
    explanation: 'The body could not be parsed as JSON in UTF-8, or its length is not what the header said.',
    remedy: 'Send valid JSON with the content type application/json.',
  },
  cursor_invalid: {
    status: 400,
    title: 'The cursor is not valid',
    explanation: 'The cursor is not one that this server made.',
    remedy: 'Take next_cursor of the previous page as it is, or leave the cursor out to begin at the newest.',
  },
  media_type_unsupported: {
    status: 415,
    title: 'The content type is not taken',
    explanation: 'The route takes application/json only.',
    remedy: 'Send the header "Content-Type: application/json".',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    explanation: 'A body may have 1 MiB at most.',
    remedy: 'Send less at a time.',
  },
  request_invalid: {
    status: 422,
    title: 'The request is not valid',
    explanation:
      'A field of the path, the query or the body is missing, unknown, of another type or out of bounds. "errors" names each by a JSON pointer: /tokens is the field "tokens", and "in" says whether of the body, the query or the path.',
    remedy: 'Correct the fields named in "errors". Nothing was changed.',
  },
  event_in_future: {
    status: 422,
    title: 'The event lies in the future',
    explanation: 'The occurred_at of this event is more than five minutes ahead of the clock of the server.',
    remedy: 'Set the clock of the host that made the event, and send the event again with its right time.',
  },
  event_too_old: {
    status: 422,
    title: 'The event is too old',
    explanation:
      'The occurred_at of this event is more than 35 days ago. The month it belongs to may be sealed, so it is not recorded.',
    remedy: 'Deliver events within 35 days. Older history has a way of its own in: an import.',
  },
  event_not_correctable: {
    status: 409,
    title: 'The event cannot be corrected like that',
    explanation:
      'The call was never counted, or its month is sealed (35 days after its end), or it counts already as the correction would have it. The detail says which.',
    remedy:
      'Read what was corrected with GET /api-usage/corrections. What is sealed stays; give credit for it by other means.',
  },
  feature_unknown: {
    status: 422,
    title: 'The feature is not registered',
    explanation: 'Tokens are used for a feature, and this feature_type is not registered.',
    remedy: 'Correct the feature_type, or have the operator register it with PUT /features/{feature_type}.',
  },
  idempotency_key_invalid: {
    status: 422,
    title: 'The Idempotency-Key is not valid',
    explanation: 'A key has 1 to 255 characters in UTF-8 and no control, format or unassigned characters.',
    remedy: 'Send a UUID, for example, or leave the header out.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The Idempotency-Key was used for another request',
    explanation:
      'An answer is stored under this key for the same method and route, and its path parameters, query or body were different.',
    remedy: 'Use a new key for a new request; repeat a request with its own key and its own body.',
  },
  request_id_reused: {
    status: 422,
    title: 'The request_id was used for another request',
    explanation:
      'A request_id is bound for ever to the first request that succeeded with it, and that one was different.',
    remedy: 'Use a new request_id for a new request; repeat a request with exactly the same fields.',
  },
  transaction_id_reused: {
    status: 422,
    title: 'The transaction_id was used for another payment',
    explanation:
      'A transaction_id is bound for ever to the first payment recorded with it, and that one was different.',
    remedy: 'Check which payment it was; a repeat must have exactly the same fields.',
  },
  request_in_flight: {
    status: 409,
    title: 'The same request is still under way',
    explanation:
      'A request with the same key, or one that holds the same tenant, was still being worked on when the time to wait for it was over. This one changed nothing.',
    remedy: 'Wait a moment and repeat it with the same key and body: it then gets the answer of the first.',
    retry_after: 1,
  },
  slug_taken: {
    status: 409,
    title: 'The slug is taken',
    explanation: 'Another tenant has this slug.',
    remedy: 'Choose another slug.',
  },
  api_keys_too_many: {
    status: 409,
    title: 'Too many API keys',
    explanation:
      'A tenant may have 200 API keys that are not revoked, and a key 10 secrets that still work after rotations with grace.',
    remedy: 'Revoke keys that nobody uses, or rotate the key without grace, which ends its older secrets.',
  },
  api_key_ended: {
    status: 409,
    title: 'The API key is revoked or expired',
    explanation: 'A key that is revoked or expired stays so, and cannot be given another secret.',
    remedy: 'Make a new key.',
  },
  api_key_from_environment: {
    status: 409,
    title: 'The API key comes from the environment',
    explanation:
      'This is the operator key that TALLYSTICK_OPERATOR_KEY holds, so the server cannot rotate it.',
    remedy: 'Change the variable and start the server again: the former key stops working then.',
  },
  rate_limit_policies_too_many: {
    status: 409,
    title: 'Too many rate-limit policies',
    explanation: 'A tenant may have 50 policies of its own.',
    remedy: 'Delete a policy that is not needed, or replace one by its name.',
  },
  tax_rate_overlaps: {
    status: 409,
    title: 'Another tax rate stands in the way',
    explanation:
      'A rate of the same country and region had begun before now and goes on beyond the given valid_from, or begins at that very time. What a rate was in the past is not changed.',
    remedy:
      'Let the new rate begin now or later: it ends the one before it. One that has not begun can be deleted.',
  },
  coupon_code_taken: {
    status: 409,
    title: 'The code of the coupon is taken',
    explanation: 'The seller has a coupon of this code, perhaps one that is not active. Codes are for ever.',
    remedy: 'Choose another code.',
  },
  coupon_redeemed: {
    status: 409,
    title: 'The coupon was redeemed before',
    explanation:
      'The tenant has redeemed this coupon, and a coupon is redeemed once by each tenant, also where it is over or was taken back.',
    remedy: 'Read GET /coupon-redemptions. Another discount takes another coupon.',
  },
  coupon_not_redeemable: {
    status: 422,
    title: 'The coupon cannot be redeemed',
    explanation:
      'The seller has no such code, or the coupon is not active, its time is over, it has been redeemed as often as it may be, or it takes an amount off in another currency than the tenant’s. The detail says which.',
    remedy: 'Check the code, or ask who gave it out for another.',
  },
  hold_released: {
    status: 409,
    title: 'The hold was released',
    explanation: 'Its owner released this hold, so it cannot be settled any more.',
    remedy: 'Record the use with POST /ai-tokens/usage instead.',
  },
  hold_settled: {
    status: 409,
    title: 'The hold is settled',
    explanation: 'This hold was settled, so it cannot be released or settled with another amount.',
    remedy: 'Read the settlement by its receipt.',
  },
  settlement_differs: {
    status: 422,
    title: 'The hold was settled with another amount',
    explanation:
      'Settling a hold again with the same tokens_used repeats its answer; this amount is another one.',
    remedy:
      'Read the settlement by its receipt, and record what was used beyond it with POST /ai-tokens/usage.',
  },
  tokens_insufficient: {
    status: 402,
    title: 'Not enough tokens',
    explanation:
      'The free balance is smaller than what was asked for. Nothing was taken. "tokens_required" is what the request needs, "tokens_remaining" what is free.',
    remedy: 'Buy tokens (top_up_url), or ask for fewer. Waiting alone does not help.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many calls',
    explanation:
      'A rate limit of the tenant, of the key or of the route does not admit this call now, or too many requests of this address carried no valid key. Nothing was done and nothing was counted against the limits.',
    remedy:
      'Repeat it after the seconds in Retry-After. The RateLimit headers name each policy with what is left of it.',
  },
  cost_too_high: {
    status: 422,
    title: 'The cost is beyond a limit',
    explanation: 'A call of this cost is more than the whole limit of a policy, so waiting would never help.',
    remedy: 'Split the work into calls of less cost, or have the limit raised.',
  },
  price_too_small: {
    status: 422,
    title: 'The price is below one cent',
    explanation: 'A purchase must cost at least one cent before rounding.',
    remedy: 'Buy more tokens at once.',
  },
  amount_out_of_range: {
    status: 422,
    title: 'The amount is out of range',
    explanation: 'An amount, or a total after it, would be larger than the ledger carries exactly (2^53-1).',
    remedy: 'Use a smaller amount.',
  },
  clock_backwards: {
    status: 422,
    title: 'The clock cannot go back',
    explanation: 'The test clock was asked to move to a time before its present one.',
    remedy: 'Advance to a later time.',
  },
  test_clock_disabled: {
    status: 404,
    title: 'The test clock is off',
    explanation: 'The server runs without TALLYSTICK_TEST_CLOCK.',
    remedy: 'Start a test server with TALLYSTICK_TEST_CLOCK=true. Never do so in production.',
  },
  ...paymentErrors,
  limits_unavailable: {
    status: 503,
    title: 'The rate limits cannot be read',
    explanation:
      'The store that all servers share does not answer, and a policy of this call says that it is not let in then (on_store_failure: closed).',
    remedy: 'Repeat the request after the seconds in Retry-After.',
    retry_after: 1,
  },
  overloaded: {
    status: 503,
    title: 'Too much waits already',
    explanation:
      'More of your requests wait to be written than this server can write in a moment. It refuses at once what would only wait, and one tenant cannot take the room of the others. Nothing of this request was changed; of a batch for several tenants, some may be recorded.',
    remedy: 'Repeat the request after the seconds that Retry-After names, and send less at a time meanwhile.',
    retry_after: 1,
  },
  database_unavailable: {
    status: 503,
    title: 'The database is unavailable',
    explanation: 'The database could not be reached or could not answer in time, so no decision was made.',
    remedy: 'Repeat the request with the same Idempotency-Key after the seconds in Retry-After.',
    retry_after: 1,
  },
  ...billingErrors,
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    explanation:
      'The server met a condition that it does not know. Details are in its log under the request id.',
    remedy: 'Report the x-request-id of the answer. A repeat with the same Idempotency-Key is safe.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** A code of the registry. */
export type ErrorCode = keyof typeof errorRegistry;

/** The registry's row of a code, with the optional fields visible to the type checker. */
export function errorEntry(code: ErrorCode): ErrorEntry {
  return errorRegistry[code];
}

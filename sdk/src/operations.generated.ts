// Generated from the routes by tools/generate-sdk.ts (npm run generate). Do not edit.

import type {
  AddTaxRateAnswer,
  AddTaxRateInput,
  AdvanceTestClockAnswer,
  AdvanceTestClockInput,
  CancelSubscriptionAnswer,
  CancelSubscriptionInput,
  ChangeSubscriptionAnswer,
  ChangeSubscriptionInput,
  CloseRevenueMonthAnswer,
  CloseRevenueMonthInput,
  ConfirmInSandboxAnswer,
  ConfirmInSandboxInput,
  CorrectApiUsageEventAnswer,
  CorrectApiUsageEventInput,
  CreateApiKeyAnswer,
  CreateApiKeyInput,
  CreateCouponAnswer,
  CreateCouponInput,
  CreateSubscriptionTierAnswer,
  CreateSubscriptionTierInput,
  CreateTenantAnswer,
  CreateTenantInput,
  CreateUserAnswer,
  CreateUserInput,
  DecideAnswer,
  DecideInput,
  DeleteAutoTopUpAnswer,
  DeleteAutoTopUpInput,
  DeleteRateLimitPolicyAnswer,
  DeleteRateLimitPolicyInput,
  DeleteSpendCapAnswer,
  DeleteSpendCapInput,
  DeleteUserAnswer,
  DeleteUserInput,
  EndCouponRedemptionAnswer,
  EndCouponRedemptionInput,
  ExportLedgerAnswer,
  ExportLedgerInput,
  FinalizeInvoiceAnswer,
  FinalizeInvoiceInput,
  GetAccountStatementAnswer,
  GetAccountStatementInput,
  GetAiTokenBalanceAnswer,
  GetAiTokenBalanceHistoryAnswer,
  GetAiTokenBalanceHistoryInput,
  GetAiTokenBalanceInput,
  GetAiTokenHoldAnswer,
  GetAiTokenHoldInput,
  GetAiTokenReceiptAnswer,
  GetAiTokenReceiptInput,
  GetAutoTopUpAnswer,
  GetAutoTopUpInput,
  GetBillingDetailsAnswer,
  GetBillingDetailsInput,
  GetBillingRunAnswer,
  GetBillingRunInput,
  GetCurrentSubscriptionAnswer,
  GetCurrentSubscriptionInput,
  GetEmailAnswer,
  GetEmailInput,
  GetEntitlementAnswer,
  GetEntitlementInput,
  GetInvoiceAnswer,
  GetInvoiceInput,
  GetRateLimitPolicyAnswer,
  GetRateLimitPolicyInput,
  GetRevenueAnswer,
  GetRevenueInput,
  GetRevenueMetricsAnswer,
  GetRevenueMetricsInput,
  GetRevenueMonthAnswer,
  GetRevenueMonthInput,
  GetSpendCapAnswer,
  GetSpendCapInput,
  GetTenantAnswer,
  GetTenantInput,
  GrantAiTokensAnswer,
  GrantAiTokensInput,
  HoldAiTokensAnswer,
  HoldAiTokensInput,
  ListAccountsAnswer,
  ListAccountsInput,
  ListAiTokenHoldsAnswer,
  ListAiTokenHoldsInput,
  ListAiTokenUsageAnswer,
  ListAiTokenUsageInput,
  ListApiKeysAnswer,
  ListApiKeysInput,
  ListApiUsageCorrectionsAnswer,
  ListApiUsageCorrectionsInput,
  ListBillingRunsAnswer,
  ListBillingRunsInput,
  ListCouponRedemptionsAnswer,
  ListCouponRedemptionsInput,
  ListCouponsAnswer,
  ListCouponsInput,
  ListDisputesAnswer,
  ListDisputesInput,
  ListEmailsAnswer,
  ListEmailsInput,
  ListEntitlementsAnswer,
  ListEntitlementsInput,
  ListFeaturesAnswer,
  ListFeaturesInput,
  ListInvoicesAnswer,
  ListInvoicesInput,
  ListPaymentMethodsAnswer,
  ListPaymentMethodsInput,
  ListRateLimitPoliciesAnswer,
  ListRateLimitPoliciesInput,
  ListRevenueMonthsAnswer,
  ListRevenueMonthsInput,
  ListSubscriptionTiersAnswer,
  ListSubscriptionTiersInput,
  ListSubscriptionsAnswer,
  ListSubscriptionsInput,
  ListTaxRatesAnswer,
  ListTaxRatesInput,
  ListTenantsAnswer,
  ListTenantsInput,
  ListTransactionsAnswer,
  ListTransactionsInput,
  ListUsersAnswer,
  ListUsersInput,
  MakeDefaultPaymentMethodAnswer,
  MakeDefaultPaymentMethodInput,
  OpenCheckoutAnswer,
  OpenCheckoutInput,
  PauseSubscriptionAnswer,
  PauseSubscriptionInput,
  PayInvoiceAnswer,
  PayInvoiceInput,
  PeekRateLimitAnswer,
  PeekRateLimitInput,
  PostApiUsageEventsAnswer,
  PostApiUsageEventsInput,
  PreviewSubscriptionChangeAnswer,
  PreviewSubscriptionChangeInput,
  PurchaseAiTokensAnswer,
  PurchaseAiTokensInput,
  PutAutoTopUpAnswer,
  PutAutoTopUpInput,
  PutBillingDetailsAnswer,
  PutBillingDetailsInput,
  PutFeatureAnswer,
  PutFeatureInput,
  PutRateLimitPolicyAnswer,
  PutRateLimitPolicyInput,
  PutSpendCapAnswer,
  PutSpendCapInput,
  QuoteAiTokensAnswer,
  QuoteAiTokensInput,
  RecordFeatureUsageAnswer,
  RecordFeatureUsageInput,
  RedeemCouponAnswer,
  RedeemCouponInput,
  RefundTransactionAnswer,
  RefundTransactionInput,
  ReleaseAiTokenHoldAnswer,
  ReleaseAiTokenHoldInput,
  RemovePaymentMethodAnswer,
  RemovePaymentMethodInput,
  ResendEmailAnswer,
  ResendEmailInput,
  ResumeSubscriptionAnswer,
  ResumeSubscriptionInput,
  ReviseSubscriptionTierAnswer,
  ReviseSubscriptionTierInput,
  RevokeApiKeyAnswer,
  RevokeApiKeyInput,
  RotateApiKeyAnswer,
  RotateApiKeyInput,
  SavePaymentMethodAnswer,
  SavePaymentMethodInput,
  SettleAiTokenHoldAnswer,
  SettleAiTokenHoldInput,
  StartBillingRunAnswer,
  StartBillingRunInput,
  StartSubscriptionAnswer,
  StartSubscriptionInput,
  StopTaxRateAnswer,
  StopTaxRateInput,
  SummarizeAiTokenUsageAnswer,
  SummarizeAiTokenUsageInput,
  SummarizeApiUsageAnswer,
  SummarizeApiUsageInput,
  SummarizeApiUsageOfTenantsAnswer,
  SummarizeApiUsageOfTenantsInput,
  UpdateCouponAnswer,
  UpdateCouponInput,
  UpdateTenantAnswer,
  UpdateTenantInput,
  UseAiTokensAnswer,
  UseAiTokensInput,
  VoidInvoiceAnswer,
  VoidInvoiceInput,
  WriteOffInvoiceAnswer,
  WriteOffInvoiceInput,
} from './api-types.generated.ts';
import type { CallOptions } from './options.ts';

/** One method for each operation of the API. */
export abstract class Operations {
  /** Performs an operation; fields that the path does not name are the query of a GET and the body of a write. */
  protected abstract call<Answer>(method: string, path: string, input: object, options: CallOptions): Promise<Answer>;

  /**
   * Make a tenant of the acting one.
   *
   * The acting tenant becomes its seller, and sees it. With a tenant key this takes a tier that includes child tenants.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `slug_taken`, `tier_without_children`.
   */
  createTenant(input: CreateTenantInput, options: CallOptions = {}): Promise<CreateTenantAnswer> {
    return this.call('POST', '/api/v1/monetization/tenants', input, options);
  }

  /**
   * The tenants that the acting one sells to.
   *
   * Direct children, newest first; those of another tenant with the header Tallystick-Tenant.
   *
   * Scope: `read`.
   */
  listTenants(input: ListTenantsInput = {}, options: CallOptions = {}): Promise<ListTenantsAnswer> {
    return this.call('GET', '/api/v1/monetization/tenants', input, options);
  }

  /**
   * One tenant.
   *
   * Scope: `read`.
   */
  getTenant(input: GetTenantInput, options: CallOptions = {}): Promise<GetTenantAnswer> {
    return this.call('GET', '/api/v1/monetization/tenants/{tenant_id}', input, options);
  }

  /**
   * Change a tenant.
   *
   * What is left out stays. tier_name and shortfall_cap_tokens take an operator key. tier_name is for tenants without a subscription; what changes the tier of the others is POST /subscriptions/current/change.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `operator_only`, `subscription_exists`.
   */
  updateTenant(input: UpdateTenantInput, options: CallOptions = {}): Promise<UpdateTenantAnswer> {
    return this.call('PATCH', '/api/v1/monetization/tenants/{tenant_id}', input, options);
  }

  /**
   * Make an API key of a tenant.
   *
   * The answer is the only place where the key appears. A key of the root is an operator key.
   *
   * Scope: `admin`.
   *
   * Refusals of its own: `api_keys_too_many`.
   */
  createApiKey(input: CreateApiKeyInput, options: CallOptions = {}): Promise<CreateApiKeyAnswer> {
    return this.call('POST', '/api/v1/monetization/tenants/{tenant_id}/api-keys', input, options);
  }

  /**
   * The API keys of a tenant, revoked ones too.
   *
   * Scope: `admin`.
   */
  listApiKeys(input: ListApiKeysInput, options: CallOptions = {}): Promise<ListApiKeysAnswer> {
    return this.call('GET', '/api/v1/monetization/tenants/{tenant_id}/api-keys', input, options);
  }

  /**
   * Revoke an API key.
   *
   * It stops working with the next request, for ever. Revoking it again answers the same.
   *
   * Scope: `admin`.
   */
  revokeApiKey(input: RevokeApiKeyInput, options: CallOptions = {}): Promise<RevokeApiKeyAnswer> {
    return this.call('DELETE', '/api/v1/monetization/tenants/{tenant_id}/api-keys/{api_key_id}', input, options);
  }

  /**
   * Give an API key another secret.
   *
   * Its id, name, scopes and expiry stay. What it was before works for grace_seconds more; give it some, and an answer that gets lost locks nobody out.
   *
   * Scope: `admin`.
   *
   * Refusals of its own: `api_key_ended`, `api_key_from_environment`, `api_keys_too_many`.
   */
  rotateApiKey(input: RotateApiKeyInput, options: CallOptions = {}): Promise<RotateApiKeyAnswer> {
    return this.call('POST', '/api/v1/monetization/tenants/{tenant_id}/api-keys/{api_key_id}/rotate', input, options);
  }

  /**
   * Make a user of a tenant, who may sign in to its dashboard.
   *
   * The answer is the only place where the password appears. A user belongs to one tenant; those of the root are operators.
   *
   * Scope: `admin`.
   *
   * Refusals of its own: `email_taken`, `users_too_many`.
   */
  createUser(input: CreateUserInput, options: CallOptions = {}): Promise<CreateUserAnswer> {
    return this.call('POST', '/api/v1/monetization/tenants/{tenant_id}/users', input, options);
  }

  /**
   * The users of a tenant, newest first.
   *
   * Scope: `admin`.
   */
  listUsers(input: ListUsersInput, options: CallOptions = {}): Promise<ListUsersAnswer> {
    return this.call('GET', '/api/v1/monetization/tenants/{tenant_id}/users', input, options);
  }

  /**
   * Remove a user.
   *
   * The sessions of the user end with their next request, and the address is free again.
   *
   * Scope: `admin`.
   */
  deleteUser(input: DeleteUserInput, options: CallOptions = {}): Promise<DeleteUserAnswer> {
    return this.call('DELETE', '/api/v1/monetization/tenants/{tenant_id}/users/{user_id}', input, options);
  }

  /**
   * The subscription tiers.
   *
   * The present versions: of the tenant's own catalogue, its seller's and the platform's.
   *
   * Scope: `read`.
   */
  listSubscriptionTiers(input: ListSubscriptionTiersInput = {}, options: CallOptions = {}): Promise<ListSubscriptionTiersAnswer> {
    return this.call('GET', '/api/v1/monetization/subscription-tiers', input, options);
  }

  /**
   * Make a tier of your catalogue.
   *
   * For the tenants that you sell to: the operator, or with a tenant key a tenant whose tier includes child tenants. A tier of your own replaces one of the same name of your seller.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `tier_name_taken`, `tier_without_children`, `tiers_too_many`.
   */
  createSubscriptionTier(input: CreateSubscriptionTierInput, options: CallOptions = {}): Promise<CreateSubscriptionTierAnswer> {
    return this.call('POST', '/api/v1/monetization/subscription-tiers', input, options);
  }

  /**
   * Make the next version of a tier.
   *
   * What is left out stays. Who is on an earlier version keeps it, its price and its limits, until moved.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `tier_revised_meanwhile`, `tier_without_children`.
   */
  reviseSubscriptionTier(input: ReviseSubscriptionTierInput, options: CallOptions = {}): Promise<ReviseSubscriptionTierAnswer> {
    return this.call('PATCH', '/api/v1/monetization/subscription-tiers/{tier_id}', input, options);
  }

  /**
   * Subscribe to a tier.
   *
   * The first invoice is paid at once, with the default payment method, and the subscription is there when it is. With trial_days nothing is paid before the trial is over. Its months go by the time_zone of PUT /billing-details.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `operator_only`, `payment_declined`, `payments_unavailable`, `price_not_offered`, `subscription_exists`, `trial_used`.
   */
  startSubscription(input: StartSubscriptionInput, options: CallOptions = {}): Promise<StartSubscriptionAnswer> {
    return this.call('POST', '/api/v1/monetization/subscriptions', input, options);
  }

  /**
   * All subscriptions of the tenant, newest first.
   *
   * Scope: `read`.
   */
  listSubscriptions(input: ListSubscriptionsInput = {}, options: CallOptions = {}): Promise<ListSubscriptionsAnswer> {
    return this.call('GET', '/api/v1/monetization/subscriptions', input, options);
  }

  /**
   * The subscription under way.
   *
   * Scope: `read`.
   *
   * Refusals of its own: `subscription_missing`.
   */
  getCurrentSubscription(input: GetCurrentSubscriptionInput = {}, options: CallOptions = {}): Promise<GetCurrentSubscriptionAnswer> {
    return this.call('GET', '/api/v1/monetization/subscriptions/current', input, options);
  }

  /**
   * Move to another tier or interval.
   *
   * Now: the rest of the old price comes back and the rest of the new one is due, by the second, on one invoice whose total is what the preview says; the change is made when it is paid. With another interval a whole one begins now, with its fee. At the end of the period: nothing is due before.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `operator_only`, `payment_declined`, `payments_unavailable`, `price_not_offered`, `subscription_change_pending`, `subscription_missing`, `subscription_not_changeable`, `subscription_unchanged`.
   */
  changeSubscription(input: ChangeSubscriptionInput, options: CallOptions = {}): Promise<ChangeSubscriptionAnswer> {
    return this.call('POST', '/api/v1/monetization/subscriptions/current/change', input, options);
  }

  /**
   * What a change would cost.
   *
   * To the cent, at this moment. Nothing is changed.
   *
   * Scope: `read`.
   *
   * Refusals of its own: `operator_only`, `price_not_offered`, `subscription_missing`, `subscription_not_changeable`, `subscription_unchanged`.
   */
  previewSubscriptionChange(input: PreviewSubscriptionChangeInput, options: CallOptions = {}): Promise<PreviewSubscriptionChangeAnswer> {
    return this.call('POST', '/api/v1/monetization/subscriptions/current/preview', input, options);
  }

  /**
   * End the subscription.
   *
   * At the end of what is paid for, or now, without giving anything back.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `subscription_missing`.
   */
  cancelSubscription(input: CancelSubscriptionInput = {}, options: CallOptions = {}): Promise<CancelSubscriptionAnswer> {
    return this.call('POST', '/api/v1/monetization/subscriptions/current/cancel', input, options);
  }

  /**
   * Stop renewals.
   *
   * What is paid for stays in use to its end; then the tenant is on the free tier until it resumes.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `subscription_missing`, `subscription_not_changeable`.
   */
  pauseSubscription(input: PauseSubscriptionInput = {}, options: CallOptions = {}): Promise<PauseSubscriptionAnswer> {
    return this.call('POST', '/api/v1/monetization/subscriptions/current/pause', input, options);
  }

  /**
   * Take a pause or a cancellation back.
   *
   * Where what was paid for is over, another period begins now and its invoice falls due.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `subscription_missing`, `subscription_not_changeable`.
   */
  resumeSubscription(input: ResumeSubscriptionInput = {}, options: CallOptions = {}): Promise<ResumeSubscriptionAnswer> {
    return this.call('POST', '/api/v1/monetization/subscriptions/current/resume', input, options);
  }

  /**
   * What the tenant may do.
   *
   * Every feature of its tier by name, and api_calls and ai_tokens.
   *
   * Scope: `read`.
   */
  listEntitlements(input: ListEntitlementsInput = {}, options: CallOptions = {}): Promise<ListEntitlementsAnswer> {
    return this.call('GET', '/api/v1/monetization/entitlements', input, options);
  }

  /**
   * Whether the tenant may use a feature.
   *
   * A metered feature is allowed up to its limit in a billing period, and beyond it where the tier has a price for that. A feature that the tier does not name is not allowed. Nothing is recorded.
   *
   * Scope: `read`.
   */
  getEntitlement(input: GetEntitlementInput, options: CallOptions = {}): Promise<GetEntitlementAnswer> {
    return this.call('GET', '/api/v1/monetization/entitlements/{feature}', input, options);
  }

  /**
   * Record the use of a metered feature.
   *
   * Counts a use in its billing period, once for each request_id. Where it would pass a limit that nobody pays beyond, nothing is recorded.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `entitlement_exceeded`, `event_in_future`, `event_too_old`, `request_id_reused`.
   */
  recordFeatureUsage(input: RecordFeatureUsageInput, options: CallOptions = {}): Promise<RecordFeatureUsageAnswer> {
    return this.call('POST', '/api/v1/monetization/entitlements/{feature}/usage', input, options);
  }

  /**
   * Buy AI tokens.
   *
   * Charges the payment provider and credits the tokens once the charge has settled. An operator may assert a payment made elsewhere with transaction_id. A repeat of the same payment credits nothing.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `amount_out_of_range`, `operator_only`, `payment_action_required`, `payment_declined`, `payment_method_missing`, `payments_unavailable`, `price_too_small`, `spend_cap_reached`, `transaction_id_reused`, `transaction_pending`.
   */
  purchaseAiTokens(input: PurchaseAiTokensInput, options: CallOptions = {}): Promise<PurchaseAiTokensAnswer> {
    return this.call('POST', '/api/v1/monetization/ai-tokens/purchase', input, options);
  }

  /**
   * What tokens would cost now.
   *
   * A purchase of as many tokens now costs exactly this. Nothing is reserved.
   *
   * Scope: `read`.
   *
   * Refusals of its own: `amount_out_of_range`, `price_too_small`.
   */
  quoteAiTokens(input: QuoteAiTokensInput, options: CallOptions = {}): Promise<QuoteAiTokensAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/purchase/quote', input, options);
  }

  /**
   * How auto top-up of AI tokens is set, and how it stands.
   *
   * Scope: `read`.
   */
  getAutoTopUp(input: GetAutoTopUpInput = {}, options: CallOptions = {}): Promise<GetAutoTopUpAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/auto-top-up', input, options);
  }

  /**
   * Buy AI tokens whenever the balance falls below a threshold.
   *
   * The default payment method is charged for tokens_to_purchase once tokens_remaining is below threshold_tokens, one purchase at a time and never for more than the ceiling in a calendar month. After a declined payment it pauses for an hour, after the second for a day, and after the third until the settings or the card change. Setting it again ends a pause.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `amount_out_of_range`, `price_too_small`.
   */
  putAutoTopUp(input: PutAutoTopUpInput, options: CallOptions = {}): Promise<PutAutoTopUpAnswer> {
    return this.call('PUT', '/api/v1/monetization/ai-tokens/auto-top-up', input, options);
  }

  /**
   * Buy AI tokens by themselves no more.
   *
   * One that is being paid is still credited, and counts against a ceiling that is set again.
   *
   * Scope: `write`.
   */
  deleteAutoTopUp(input: DeleteAutoTopUpInput = {}, options: CallOptions = {}): Promise<DeleteAutoTopUpAnswer> {
    return this.call('DELETE', '/api/v1/monetization/ai-tokens/auto-top-up', input, options);
  }

  /**
   * Give AI tokens.
   *
   * Tokens given, not sold: no revenue, no refund, and they repay no shortfall. Lower priorities burn first.
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `amount_out_of_range`, `operator_only`.
   */
  grantAiTokens(input: GrantAiTokensInput, options: CallOptions = {}): Promise<GrantAiTokensAnswer> {
    return this.call('POST', '/api/v1/monetization/ai-tokens/grants', input, options);
  }

  /**
   * The balance, and the open grants in the order in which they burn.
   *
   * Scope: `read`.
   */
  getAiTokenBalance(input: GetAiTokenBalanceInput = {}, options: CallOptions = {}): Promise<GetAiTokenBalanceAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/balance', input, options);
  }

  /**
   * The balance at the end of each day (UTC), oldest first.
   *
   * Today stands there as it is now. Without from and to the last 30 days; 400 at most. An expiry counts on the day that booked it.
   *
   * Scope: `read`.
   */
  getAiTokenBalanceHistory(input: GetAiTokenBalanceHistoryInput = {}, options: CallOptions = {}): Promise<GetAiTokenBalanceHistoryAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/balance/history', input, options);
  }

  /**
   * Use AI tokens.
   *
   * Takes tokens for a feature, once for each request_id. Where they do not suffice nothing is taken.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `feature_unknown`, `request_id_reused`, `tokens_insufficient`.
   */
  useAiTokens(input: UseAiTokensInput, options: CallOptions = {}): Promise<UseAiTokensAnswer> {
    return this.call('POST', '/api/v1/monetization/ai-tokens/usage', input, options);
  }

  /**
   * The history of use, newest first.
   *
   * Scope: `read`.
   */
  listAiTokenUsage(input: ListAiTokenUsageInput = {}, options: CallOptions = {}): Promise<ListAiTokenUsageAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/usage', input, options);
  }

  /**
   * Tokens used in all and by feature, day (UTC) or user.
   *
   * Shortfall is included. At most 1,000 groups, those with the most tokens.
   *
   * Scope: `read`.
   */
  summarizeAiTokenUsage(input: SummarizeAiTokenUsageInput = {}, options: CallOptions = {}): Promise<SummarizeAiTokenUsageAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/usage/summary', input, options);
  }

  /**
   * Hold AI tokens before a model call.
   *
   * Durable before it is answered. A hold pins the grants it will burn, also beyond their expiry.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `feature_unknown`, `request_id_reused`, `tokens_insufficient`.
   */
  holdAiTokens(input: HoldAiTokensInput, options: CallOptions = {}): Promise<HoldAiTokensAnswer> {
    return this.call('POST', '/api/v1/monetization/ai-tokens/holds', input, options);
  }

  /**
   * Holds, newest first.
   *
   * With status=expired: the holds to reconcile, whose time is over and of which nobody said what became.
   *
   * Scope: `read`.
   */
  listAiTokenHolds(input: ListAiTokenHoldsInput = {}, options: CallOptions = {}): Promise<ListAiTokenHoldsAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/holds', input, options);
  }

  /**
   * One hold.
   *
   * Scope: `read`.
   */
  getAiTokenHold(input: GetAiTokenHoldInput, options: CallOptions = {}): Promise<GetAiTokenHoldAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/holds/{hold_id}', input, options);
  }

  /**
   * Settle a hold with what was really used.
   *
   * Above the hold it draws on the free balance; what is still missing is a shortfall up to the cap of the tenant, repaid first by the next purchase. An expired hold is settled too.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `hold_released`, `settlement_differs`.
   */
  settleAiTokenHold(input: SettleAiTokenHoldInput, options: CallOptions = {}): Promise<SettleAiTokenHoldAnswer> {
    return this.call('POST', '/api/v1/monetization/ai-tokens/holds/{hold_id}/settle', input, options);
  }

  /**
   * Release a hold unused.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `hold_settled`.
   */
  releaseAiTokenHold(input: ReleaseAiTokenHoldInput, options: CallOptions = {}): Promise<ReleaseAiTokenHoldAnswer> {
    return this.call('POST', '/api/v1/monetization/ai-tokens/holds/{hold_id}/release', input, options);
  }

  /**
   * The receipt of a use: grants burned, arithmetic, balance before and after.
   *
   * Scope: `read`.
   */
  getAiTokenReceipt(input: GetAiTokenReceiptInput, options: CallOptions = {}): Promise<GetAiTokenReceiptAnswer> {
    return this.call('GET', '/api/v1/monetization/ai-tokens/receipts/{usage_id}', input, options);
  }

  /**
   * Register a feature that may use tokens, or rename it.
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `operator_only`.
   */
  putFeature(input: PutFeatureInput, options: CallOptions = {}): Promise<PutFeatureAnswer> {
    return this.call('PUT', '/api/v1/monetization/features/{feature_type}', input, options);
  }

  /**
   * The features that may use tokens.
   *
   * Scope: `read`.
   */
  listFeatures(input: ListFeaturesInput = {}, options: CallOptions = {}): Promise<ListFeaturesAnswer> {
    return this.call('GET', '/api/v1/monetization/features', input, options);
  }

  /**
   * Record finished API calls.
   *
   * Takes 1 to 1,000 events, plain or as CloudEvents 1.0. Each counts once for its id (and source), whatever its time; a row that is not valid is rejected alone. 202 means that what was accepted is on disk.
   *
   * Scope: `write`.
   */
  postApiUsageEvents(input: PostApiUsageEventsInput, options: CallOptions = {}): Promise<PostApiUsageEventsAnswer> {
    return this.call('POST', '/api/v1/monetization/api-usage/events', input, options);
  }

  /**
   * Void or amend one recorded event.
   *
   * From now on the event does not count (void), or counts with another status (amend): in summaries at once, and in the bill of its billing period. Where that was closed before, the next bill makes good for it with a line of its own, at the terms of then. The event itself stays as it was recorded. A second correction follows the first, so amending a void event brings it back. Until 35 days after the end of its month (UTC).
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `event_not_correctable`, `operator_only`.
   */
  correctApiUsageEvent(input: CorrectApiUsageEventInput, options: CallOptions = {}): Promise<CorrectApiUsageEventAnswer> {
    return this.call('POST', '/api/v1/monetization/api-usage/corrections', input, options);
  }

  /**
   * What was corrected of recorded events, newest first.
   *
   * Scope: `read`.
   */
  listApiUsageCorrections(input: ListApiUsageCorrectionsInput = {}, options: CallOptions = {}): Promise<ListApiUsageCorrectionsAnswer> {
    return this.call('GET', '/api/v1/monetization/api-usage/corrections', input, options);
  }

  /**
   * API calls in all and by day, hour, endpoint, key or status, with what they cost.
   *
   * Without `from` and `to` the present billing period. Times are widened to whole hours, or to whole days (UTC) for the groups by endpoint, key and status; the answer says from when to when it is. Successful calls are those with a status below 400; those beyond what the period includes are billable. At most 1,000 groups.
   *
   * Scope: `read`.
   */
  summarizeApiUsage(input: SummarizeApiUsageInput = {}, options: CallOptions = {}): Promise<SummarizeApiUsageAnswer> {
    return this.call('GET', '/api/v1/monetization/api-usage/summary', input, options);
  }

  /**
   * API calls of all tenants, and of the 200 with the most calls.
   *
   * Without `from` and `to` the calendar month (UTC). Times are widened to whole hours; the answer says from when to when it is.
   *
   * Scope: `read`. Operator keys only.
   *
   * Refusals of its own: `operator_only`.
   */
  summarizeApiUsageOfTenants(input: SummarizeApiUsageOfTenantsInput = {}, options: CallOptions = {}): Promise<SummarizeApiUsageOfTenantsAnswer> {
    return this.call('GET', '/api/v1/monetization/api-usage/tenants', input, options);
  }

  /**
   * Set a rate-limit policy of the acting tenant.
   *
   * In force at once in this process, within a second in others. Policies of different names hold together; of those with one name the nearest counts: key, tenant, tier, route, default. The tier brings requests_per_minute. Policies of the root are everybody’s. A tenant key sets policies of other names than those it was given.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `operator_only`, `rate_limit_policies_too_many`.
   */
  putRateLimitPolicy(input: PutRateLimitPolicyInput, options: CallOptions = {}): Promise<PutRateLimitPolicyAnswer> {
    return this.call('PUT', '/api/v1/monetization/rate-limit-policies/{name}', input, options);
  }

  /**
   * One rate-limit policy of the acting tenant.
   *
   * Scope: `read`.
   */
  getRateLimitPolicy(input: GetRateLimitPolicyInput, options: CallOptions = {}): Promise<GetRateLimitPolicyAnswer> {
    return this.call('GET', '/api/v1/monetization/rate-limit-policies/{name}', input, options);
  }

  /**
   * Take a rate-limit policy of the acting tenant away.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `operator_only`.
   */
  deleteRateLimitPolicy(input: DeleteRateLimitPolicyInput, options: CallOptions = {}): Promise<DeleteRateLimitPolicyAnswer> {
    return this.call('DELETE', '/api/v1/monetization/rate-limit-policies/{name}', input, options);
  }

  /**
   * The rate-limit policies of the acting tenant.
   *
   * Its own only. What else holds for it, GET /api-usage/rate-limit tells.
   *
   * Scope: `read`.
   */
  listRateLimitPolicies(input: ListRateLimitPoliciesInput = {}, options: CallOptions = {}): Promise<ListRateLimitPoliciesAnswer> {
    return this.call('GET', '/api/v1/monetization/rate-limit-policies', input, options);
  }

  /**
   * How near a tenant is to its rate limits.
   *
   * Looks and changes nothing. The figures at the top are those of the policy nearest its limit; with limit_per_hour they say how many of that many an hour the recorded calls of the last 60 minutes leave, those of a moment ago perhaps not yet among them.
   *
   * Scope: `read`.
   */
  peekRateLimit(input: PeekRateLimitInput = {}, options: CallOptions = {}): Promise<PeekRateLimitAnswer> {
    return this.call('GET', '/api/v1/monetization/api-usage/rate-limit', input, options);
  }

  /**
   * Decide once about a call: key, limits and tokens, all or nothing.
   *
   * The key is looked up, the limits are looked at, the tokens are held, and the limits are counted. Only an allowed decision stays and is replayed; a refusal frees tokens and request_id. Where a spend cap that blocks is reached, a call that would be billed is refused. The call itself is neither limited nor counted.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `cost_too_high`, `decision_key_invalid`, `feature_unknown`, `request_id_reused`, `spend_cap_reached`, `tokens_insufficient`.
   */
  decide(input: DecideInput, options: CallOptions = {}): Promise<DecideAnswer> {
    return this.call('POST', '/api/v1/monetization/decisions', input, options);
  }

  /**
   * The journal, newest first.
   *
   * Purchases, grants, expiries and refunds. The use of tokens has its own list, GET /ai-tokens/usage.
   *
   * Scope: `read`.
   */
  listTransactions(input: ListTransactionsInput = {}, options: CallOptions = {}): Promise<ListTransactionsAnswer> {
    return this.call('GET', '/api/v1/monetization/transactions', input, options);
  }

  /**
   * Refund a token purchase or the payment of an invoice, whole or in part.
   *
   * Of a purchase up to the price of its tokens that are neither used nor held; without amount_cents, all of that. Tokens are taken back in proportion to all that was refunded, rounded up. Of the payment of an invoice, with an operator key, up to what was paid: it makes a credit note, and takes included tokens back in proportion as far as they are there.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `operator_only`, `payment_declined`, `payments_unavailable`, `refund_not_possible`, `refund_too_large`, `transaction_pending`.
   */
  refundTransaction(input: RefundTransactionInput, options: CallOptions = {}): Promise<RefundTransactionAnswer> {
    return this.call('POST', '/api/v1/monetization/refunds', input, options);
  }

  /**
   * The invoices of the tenant, newest first.
   *
   * Scope: `read`.
   */
  listInvoices(input: ListInvoicesInput = {}, options: CallOptions = {}): Promise<ListInvoicesAnswer> {
    return this.call('GET', '/api/v1/monetization/invoices', input, options);
  }

  /**
   * One invoice.
   *
   * As JSON, or with Accept: application/pdf as the page that its buyer gets.
   *
   * Scope: `read`.
   */
  getInvoice(input: GetInvoiceInput, options: CallOptions = {}): Promise<GetInvoiceAnswer> {
    return this.call('GET', '/api/v1/monetization/invoices/{invoice_id}', input, options);
  }

  /**
   * Finalize a draft before its time.
   *
   * From then on it is owed and does not change; what its period still uses stands on the next one.
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `invoice_not_draft`, `operator_only`.
   */
  finalizeInvoice(input: FinalizeInvoiceInput, options: CallOptions = {}): Promise<FinalizeInvoiceAnswer> {
    return this.call('POST', '/api/v1/monetization/invoices/{invoice_id}/finalize', input, options);
  }

  /**
   * Pay an invoice now.
   *
   * With a payment method, the default one where none is named. transaction_id asserts a payment made elsewhere, as by bank transfer, and takes an operator key. A paid one answers as it is.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `invoice_not_payable`, `operator_only`, `payment_declined`, `payments_unavailable`.
   */
  payInvoice(input: PayInvoiceInput, options: CallOptions = {}): Promise<PayInvoiceAnswer> {
    return this.call('POST', '/api/v1/monetization/invoices/{invoice_id}/pay', input, options);
  }

  /**
   * Take an unpaid invoice back.
   *
   * As if it had never been owed. What it billed can be billed again.
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `invoice_being_paid`, `invoice_not_voidable`, `operator_only`.
   */
  voidInvoice(input: VoidInvoiceInput, options: CallOptions = {}): Promise<VoidInvoiceAnswer> {
    return this.call('POST', '/api/v1/monetization/invoices/{invoice_id}/void', input, options);
  }

  /**
   * Give up what is owed on an invoice.
   *
   * It counts as written off. A payment that comes later is taken.
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `invoice_being_paid`, `invoice_not_payable`, `operator_only`.
   */
  writeOffInvoice(input: WriteOffInvoiceInput, options: CallOptions = {}): Promise<WriteOffInvoiceAnswer> {
    return this.call('POST', '/api/v1/monetization/invoices/{invoice_id}/uncollectible', input, options);
  }

  /**
   * Bill everything that is due now.
   *
   * Renewals, and the usage of periods that are over, of all tenants; with the header Tallystick-Tenant of that one. It is due work, so it goes on in any server, also after a crash, and bills nothing twice. Where a run is under way, that one is answered. Payments fall due with the invoices.
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `operator_only`.
   */
  startBillingRun(input: StartBillingRunInput = {}, options: CallOptions = {}): Promise<StartBillingRunAnswer> {
    return this.call('POST', '/api/v1/monetization/billing-runs', input, options);
  }

  /**
   * Billing runs, newest first.
   *
   * Those over all tenants; with the header Tallystick-Tenant those of that one.
   *
   * Scope: `read`. Operator keys only.
   *
   * Refusals of its own: `operator_only`.
   */
  listBillingRuns(input: ListBillingRunsInput = {}, options: CallOptions = {}): Promise<ListBillingRunsAnswer> {
    return this.call('GET', '/api/v1/monetization/billing-runs', input, options);
  }

  /**
   * A billing run and how far it is.
   *
   * Scope: `read`. Operator keys only.
   *
   * Refusals of its own: `operator_only`.
   */
  getBillingRun(input: GetBillingRunInput, options: CallOptions = {}): Promise<GetBillingRunAnswer> {
    return this.call('GET', '/api/v1/monetization/billing-runs/{billing_run_id}', input, options);
  }

  /**
   * What the tenant has spent in its billing period, and what it may.
   *
   * Scope: `read`.
   */
  getSpendCap(input: GetSpendCapInput = {}, options: CallOptions = {}): Promise<GetSpendCapAnswer> {
    return this.call('GET', '/api/v1/monetization/spend-cap', input, options);
  }

  /**
   * Say what the tenant may spend in a billing period.
   *
   * A tenant sets its own cap, the operator another one beside it, and both hold. With block a purchase that would pass it is refused with spend_cap_reached, auto top-ups wait, and decisions refuse calls that would be billed once it is reached; with notify nothing is refused, and reached_at says when. Subscriptions and invoices are never refused, nor are payments that an operator records.
   *
   * Scope: `write`.
   */
  putSpendCap(input: PutSpendCapInput, options: CallOptions = {}): Promise<PutSpendCapAnswer> {
    return this.call('PUT', '/api/v1/monetization/spend-cap', input, options);
  }

  /**
   * Take the caller's cap on spending away.
   *
   * A tenant takes its own away, the operator the operator's.
   *
   * Scope: `write`.
   */
  deleteSpendCap(input: DeleteSpendCapInput = {}, options: CallOptions = {}): Promise<DeleteSpendCapAnswer> {
    return this.call('DELETE', '/api/v1/monetization/spend-cap', input, options);
  }

  /**
   * What invoices say of the acting tenant.
   *
   * As the buyer of its own invoices, and as the seller of those of the tenants it sells to.
   *
   * Scope: `read`.
   */
  getBillingDetails(input: GetBillingDetailsInput = {}, options: CallOptions = {}): Promise<GetBillingDetailsAnswer> {
    return this.call('GET', '/api/v1/monetization/billing-details', input, options);
  }

  /**
   * Say what invoices say of the acting tenant.
   *
   * Sets all fields: what is left out is as if it had never been said, but tax_exempt and tax_behavior stay then: an operator alone changes them. Invoices that were finalized keep what they showed.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `operator_only`.
   */
  putBillingDetails(input: PutBillingDetailsInput = {}, options: CallOptions = {}): Promise<PutBillingDetailsAnswer> {
    return this.call('PUT', '/api/v1/monetization/billing-details', input, options);
  }

  /**
   * Let a tax rate of the acting tenant begin.
   *
   * For sales to a country, or to a region of it, from valid_from on (now where it is left out). It ends the rate before it. What a rate was in the past is not changed.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `tax_rate_overlaps`.
   */
  addTaxRate(input: AddTaxRateInput, options: CallOptions = {}): Promise<AddTaxRateAnswer> {
    return this.call('POST', '/api/v1/monetization/tax-rates', input, options);
  }

  /**
   * The tax rates that the acting tenant takes as a seller.
   *
   * Those that are over included, newest first.
   *
   * Scope: `read`.
   */
  listTaxRates(input: ListTaxRatesInput = {}, options: CallOptions = {}): Promise<ListTaxRatesAnswer> {
    return this.call('GET', '/api/v1/monetization/tax-rates', input, options);
  }

  /**
   * End a tax rate of the acting tenant now.
   *
   * One that has not begun is taken away, and the one that it would have ended goes on.
   *
   * Scope: `write`.
   */
  stopTaxRate(input: StopTaxRateInput, options: CallOptions = {}): Promise<StopTaxRateAnswer> {
    return this.call('DELETE', '/api/v1/monetization/tax-rates/{tax_rate_id}', input, options);
  }

  /**
   * Make a coupon that the tenants of the acting one can redeem.
   *
   * It takes off a percent, or an amount of one currency: off one invoice (once), off those of some months (repeating), or off all (forever).
   *
   * Scope: `write`.
   *
   * Refusals of its own: `coupon_code_taken`.
   */
  createCoupon(input: CreateCouponInput, options: CallOptions = {}): Promise<CreateCouponAnswer> {
    return this.call('POST', '/api/v1/monetization/coupons', input, options);
  }

  /**
   * The coupons of the acting tenant as a seller.
   *
   * Scope: `read`.
   */
  listCoupons(input: ListCouponsInput = {}, options: CallOptions = {}): Promise<ListCouponsAnswer> {
    return this.call('GET', '/api/v1/monetization/coupons', input, options);
  }

  /**
   * Let a coupon be redeemed no longer, or again.
   *
   * What was redeemed holds on.
   *
   * Scope: `write`.
   */
  updateCoupon(input: UpdateCouponInput, options: CallOptions = {}): Promise<UpdateCouponAnswer> {
    return this.call('PATCH', '/api/v1/monetization/coupons/{coupon_id}', input, options);
  }

  /**
   * Redeem a coupon of the seller for the acting tenant.
   *
   * Its terms as they are now hold from now on. A tenant redeems a coupon once.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `coupon_not_redeemable`, `coupon_redeemed`.
   */
  redeemCoupon(input: RedeemCouponInput, options: CallOptions = {}): Promise<RedeemCouponAnswer> {
    return this.call('POST', '/api/v1/monetization/coupon-redemptions', input, options);
  }

  /**
   * What coupons the acting tenant has redeemed.
   *
   * Scope: `read`.
   */
  listCouponRedemptions(input: ListCouponRedemptionsInput = {}, options: CallOptions = {}): Promise<ListCouponRedemptionsAnswer> {
    return this.call('GET', '/api/v1/monetization/coupon-redemptions', input, options);
  }

  /**
   * Let a redeemed coupon of the acting tenant take nothing off any more.
   *
   * From now on; the coupon cannot be redeemed again.
   *
   * Scope: `write`.
   */
  endCouponRedemption(input: EndCouponRedemptionInput, options: CallOptions = {}): Promise<EndCouponRedemptionAnswer> {
    return this.call('DELETE', '/api/v1/monetization/coupon-redemptions/{coupon_redemption_id}', input, options);
  }

  /**
   * Save a card that the payment provider keeps.
   *
   * The token is the provider's name for a card, as its own form in the browser gives it: a pm_... of Stripe, the name of a card in the sandbox. The first method becomes the default. A card that was saved before is 200.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `payment_method_refused`, `payment_methods_too_many`, `payments_unavailable`.
   */
  savePaymentMethod(input: SavePaymentMethodInput, options: CallOptions = {}): Promise<SavePaymentMethodAnswer> {
    return this.call('POST', '/api/v1/monetization/payment-methods', input, options);
  }

  /**
   * The saved payment methods, newest first.
   *
   * Scope: `read`.
   */
  listPaymentMethods(input: ListPaymentMethodsInput = {}, options: CallOptions = {}): Promise<ListPaymentMethodsAnswer> {
    return this.call('GET', '/api/v1/monetization/payment-methods', input, options);
  }

  /**
   * Forget a payment method.
   *
   * Here and at the provider. A default that is removed leaves none.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `payments_unavailable`.
   */
  removePaymentMethod(input: RemovePaymentMethodInput, options: CallOptions = {}): Promise<RemovePaymentMethodAnswer> {
    return this.call('DELETE', '/api/v1/monetization/payment-methods/{payment_method_id}', input, options);
  }

  /**
   * Charge this payment method from now on.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `payments_unavailable`.
   */
  makeDefaultPaymentMethod(input: MakeDefaultPaymentMethodInput, options: CallOptions = {}): Promise<MakeDefaultPaymentMethodAnswer> {
    return this.call('POST', '/api/v1/monetization/payment-methods/{payment_method_id}/default', input, options);
  }

  /**
   * Open a page of the payment provider, to save a card or to buy tokens.
   *
   * Send the browser to checkout_url. What is bought is credited, and a card saved, when the provider says so; success_url is no proof. The page is open for a day. The sandbox's page is served by this server.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `amount_out_of_range`, `payments_unavailable`, `price_too_small`, `spend_cap_reached`.
   */
  openCheckout(input: OpenCheckoutInput, options: CallOptions = {}): Promise<OpenCheckoutAnswer> {
    return this.call('POST', '/api/v1/monetization/payments/checkout', input, options);
  }

  /**
   * Confirm a payment of the sandbox as the owner of the card.
   *
   * Only with PAYMENTS=sandbox. Ends a payment that was answered with payment_action_required; the page at its action_url does the same. One that has ended stays as it is.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `payment_not_waiting`, `sandbox_disabled`.
   */
  confirmInSandbox(input: ConfirmInSandboxInput, options: CallOptions = {}): Promise<ConfirmInSandboxAnswer> {
    return this.call('POST', '/api/v1/monetization/payments/sandbox/confirm', input, options);
  }

  /**
   * Payments that banks take back, newest first.
   *
   * Scope: `read`.
   */
  listDisputes(input: ListDisputesInput = {}, options: CallOptions = {}): Promise<ListDisputesAnswer> {
    return this.call('GET', '/api/v1/monetization/disputes', input, options);
  }

  /**
   * The outbox: e-mails to the tenant, newest first.
   *
   * Scope: `read`.
   */
  listEmails(input: ListEmailsInput = {}, options: CallOptions = {}): Promise<ListEmailsAnswer> {
    return this.call('GET', '/api/v1/monetization/emails', input, options);
  }

  /**
   * One e-mail with its words.
   *
   * As it went out; of one that was not tried yet, as it would go out now.
   *
   * Scope: `read`.
   */
  getEmail(input: GetEmailInput, options: CallOptions = {}): Promise<GetEmailAnswer> {
    return this.call('GET', '/api/v1/monetization/emails/{email_id}', input, options);
  }

  /**
   * Queue an e-mail again that failed or was kept.
   *
   * It goes to the billing address of now, from the first attempt on. Without a mail server it is kept again. One that is queued stays so.
   *
   * Scope: `write`.
   *
   * Refusals of its own: `email_sent`.
   */
  resendEmail(input: ResendEmailInput, options: CallOptions = {}): Promise<ResendEmailAnswer> {
    return this.call('POST', '/api/v1/monetization/emails/{email_id}/resend', input, options);
  }

  /**
   * The balance of every account at any time, and the accounting identity.
   *
   * Amounts are in the smallest unit of the asset: cents for a currency, tokens for AI_TOKEN. Everything is recomputed from the entries up to `at` (included; default now).
   *
   * Scope: `read`.
   */
  listAccounts(input: ListAccountsInput = {}, options: CallOptions = {}): Promise<ListAccountsAnswer> {
    return this.call('GET', '/api/v1/monetization/ledger/accounts', input, options);
  }

  /**
   * The statement of one account, newest first, with the balance after each line.
   *
   * Scope: `read`.
   */
  getAccountStatement(input: GetAccountStatementInput, options: CallOptions = {}): Promise<GetAccountStatementAnswer> {
    return this.call('GET', '/api/v1/monetization/ledger/accounts/{account}/statement', input, options);
  }

  /**
   * Recognised and deferred revenue, and every account, month by month.
   *
   * Calendar months in UTC, oldest first, a row for each currency; `from` and `to` are widened to whole months. Without them the present month and the eleven before it. Each account opens as it closed the month before, and everything is added up from the entries of the ledger. What time earns of a fee is booked at the end of each month.
   *
   * Scope: `read`.
   */
  getRevenue(input: GetRevenueInput = {}, options: CallOptions = {}): Promise<GetRevenueAnswer> {
    return this.call('GET', '/api/v1/monetization/revenue', input, options);
  }

  /**
   * The months of the seller, newest first: which run, which can be closed, which are closed.
   *
   * Scope: `read`.
   */
  listRevenueMonths(input: ListRevenueMonthsInput = {}, options: CallOptions = {}): Promise<ListRevenueMonthsAnswer> {
    return this.call('GET', '/api/v1/monetization/revenue/months', input, options);
  }

  /**
   * What a closed month keeps, a row for each currency: none where it is not closed.
   *
   * Scope: `read`.
   */
  getRevenueMonth(input: GetRevenueMonthInput, options: CallOptions = {}): Promise<GetRevenueMonthAnswer> {
    return this.call('GET', '/api/v1/monetization/revenue/months/{month}', input, options);
  }

  /**
   * Close a month: nothing is booked into it any more.
   *
   * Keeps the month's figures with a checksum of its entries, which the audit holds them against. Months are closed in their order, once they are over and all that falls due in them is done. Closing one again answers what was kept.
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `month_not_over`, `month_not_ready`, `operator_only`.
   */
  closeRevenueMonth(input: CloseRevenueMonthInput, options: CallOptions = {}): Promise<CloseRevenueMonthAnswer> {
    return this.call('POST', '/api/v1/monetization/revenue/months/{month}/close', input, options);
  }

  /**
   * MRR, ARR, churn, retention and revenue by stream of the seller.
   *
   * Recurring revenue is what paid subscriptions cost, a year as twelve months; trials and pauses cost nothing. A month opens with what it was in the moment before its start, and closing = opening + new + reactivation + expansion + contraction + churn, where the last two are below zero. `mrr_cents` is that at `to`, now where it is left out; `arr_cents` is twelve times as much before rounding. Rates are shares of the opening, 0.05 for five percent, and null without one: at the top over all the months together. `from` is widened to whole months; without it there are twelve.
   *
   * Scope: `read`.
   */
  getRevenueMetrics(input: GetRevenueMetricsInput = {}, options: CallOptions = {}): Promise<GetRevenueMetricsAnswer> {
    return this.call('GET', '/api/v1/monetization/metrics/revenue', input, options);
  }

  /**
   * The general ledger of a month, line by line.
   *
   * With Accept: text/csv the whole month as a file, in the order of tenants and of their books; as JSON page by page, newest first. `date` is for when a line counts, `booked_at` when it was written. A cell that a spreadsheet would take for a formula has an apostrophe before it.
   *
   * Scope: `read`.
   */
  exportLedger(input: ExportLedgerInput, options: CallOptions = {}): Promise<ExportLedgerAnswer> {
    return this.call('GET', '/api/v1/monetization/ledger/export', input, options);
  }

  /**
   * Move time on, running everything that falls due on the way.
   *
   * Takes either `to` or `seconds`. With the header Tallystick-Tenant only that tenant moves, and has a clock of its own from then on; without it all move, and with `to` those already past it stay. Due work runs in the order of its times, the clock standing at each. Ten years and 100,000 items at most. Needs TALLYSTICK_TEST_CLOCK=true.
   *
   * Scope: `write`. Operator keys only.
   *
   * Refusals of its own: `clock_backwards`, `operator_only`, `test_clock_disabled`.
   */
  advanceTestClock(input: AdvanceTestClockInput = {}, options: CallOptions = {}): Promise<AdvanceTestClockAnswer> {
    return this.call('POST', '/api/v1/monetization/test-clock/advance', input, options);
  }
}

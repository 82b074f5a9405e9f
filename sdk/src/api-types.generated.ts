// Generated from the routes by tools/generate-sdk.ts (npm run generate). Do not edit.

export interface CreateTenantInput {
    name: string;
    /**
     * @description Unique among the tenants of the seller.
     * @example north-star-audio
     */
    slug?: string;
    /**
     * @description ISO 4217. It never changes.
     * @default USD
     * @example USD
     */
    currency?: string;
    /**
     * @description A tier of GET /subscription-tiers.
     * @default free
     * @example free
     */
    tier_name?: string;
}
export interface CreateTenantAnswer {
    /** Format: uuid */
    tenant_id: string;
    /** @description Who sells to it; null for the root only. */
    parent_tenant_id: string | null;
    name: string;
    slug: string | null;
    currency: string;
    tier_name: string;
    /** @description What it may owe over all settlements of holds. */
    shortfall_cap_tokens: number;
    /** Format: date-time */
    created_at: string;
}
export interface ListTenantsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /** @example north-star-audio */
    slug?: string;
}
export interface ListTenantsAnswer {
    data: {
        /** Format: uuid */
        tenant_id: string;
        /** @description Who sells to it; null for the root only. */
        parent_tenant_id: string | null;
        name: string;
        slug: string | null;
        currency: string;
        tier_name: string;
        /** @description What it may owe over all settlements of holds. */
        shortfall_cap_tokens: number;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export interface GetTenantInput {
    /** Format: uuid */
    tenant_id: string;
}
export interface GetTenantAnswer {
    /** Format: uuid */
    tenant_id: string;
    /** @description Who sells to it; null for the root only. */
    parent_tenant_id: string | null;
    name: string;
    slug: string | null;
    currency: string;
    tier_name: string;
    /** @description What it may owe over all settlements of holds. */
    shortfall_cap_tokens: number;
    /** Format: date-time */
    created_at: string;
}
export interface UpdateTenantInput {
    /** Format: uuid */
    tenant_id: string;
    name?: string;
    /** @example free */
    tier_name?: string;
    shortfall_cap_tokens?: number;
}
export interface UpdateTenantAnswer {
    /** Format: uuid */
    tenant_id: string;
    /** @description Who sells to it; null for the root only. */
    parent_tenant_id: string | null;
    name: string;
    slug: string | null;
    currency: string;
    tier_name: string;
    /** @description What it may owe over all settlements of holds. */
    shortfall_cap_tokens: number;
    /** Format: date-time */
    created_at: string;
}
export interface CreateApiKeyInput {
    /** Format: uuid */
    tenant_id: string;
    name: string;
    /** @description read and write where left out. */
    scopes?: ("read" | "write" | "admin")[];
    /**
     * Format: date-time
     * @description In the future. Without it the key does not expire.
     */
    expires_at?: string;
}
export interface CreateApiKeyAnswer {
    /** Format: uuid */
    tenant_id: string;
    /** Format: uuid */
    api_key_id: string;
    name: string;
    /** @description admin contains write, and write contains read. */
    scopes: ("read" | "write" | "admin")[];
    expires_at: string | null;
    revoked_at: string | null;
    /** @description When it last got another secret. */
    rotated_at: string | null;
    /** @description Up to a minute behind. */
    last_used_at: string | null;
    /** Format: date-time */
    created_at: string;
    /** @description The key itself, this once: a replay under an Idempotency-Key leaves it out. */
    api_key?: string;
}
export interface ListApiKeysInput {
    /** Format: uuid */
    tenant_id: string;
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListApiKeysAnswer {
    data: {
        /** Format: uuid */
        tenant_id: string;
        /** Format: uuid */
        api_key_id: string;
        name: string;
        /** @description admin contains write, and write contains read. */
        scopes: ("read" | "write" | "admin")[];
        expires_at: string | null;
        revoked_at: string | null;
        /** @description When it last got another secret. */
        rotated_at: string | null;
        /** @description Up to a minute behind. */
        last_used_at: string | null;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export interface RevokeApiKeyInput {
    /** Format: uuid */
    tenant_id: string;
    /** Format: uuid */
    api_key_id: string;
}
export interface RevokeApiKeyAnswer {
    /** Format: uuid */
    tenant_id: string;
    /** Format: uuid */
    api_key_id: string;
    name: string;
    /** @description admin contains write, and write contains read. */
    scopes: ("read" | "write" | "admin")[];
    expires_at: string | null;
    revoked_at: string | null;
    /** @description When it last got another secret. */
    rotated_at: string | null;
    /** @description Up to a minute behind. */
    last_used_at: string | null;
    /** Format: date-time */
    created_at: string;
}
export interface RotateApiKeyInput {
    /** Format: uuid */
    tenant_id: string;
    /** Format: uuid */
    api_key_id: string;
    /** @default 0 */
    grace_seconds?: number;
}
export interface RotateApiKeyAnswer {
    /** Format: uuid */
    tenant_id: string;
    /** Format: uuid */
    api_key_id: string;
    name: string;
    /** @description admin contains write, and write contains read. */
    scopes: ("read" | "write" | "admin")[];
    expires_at: string | null;
    revoked_at: string | null;
    /** @description When it last got another secret. */
    rotated_at: string | null;
    /** @description Up to a minute behind. */
    last_used_at: string | null;
    /** Format: date-time */
    created_at: string;
    /** @description The key itself, this once: a replay under an Idempotency-Key leaves it out. */
    api_key?: string;
}
export interface CreateUserInput {
    /** Format: uuid */
    tenant_id: string;
    /**
     * Format: email
     * @example ann@larkspur.example
     */
    email: string;
    /** @description The part of the address before the @ where it is left out. */
    name?: string;
}
export interface CreateUserAnswer {
    /** Format: uuid */
    user_id: string;
    /** Format: uuid */
    tenant_id: string;
    name: string;
    email: string;
    /** Format: date-time */
    created_at: string;
    /** @description The password, this once: a replay under an Idempotency-Key leaves it out. */
    password?: string;
}
export interface ListUsersInput {
    /** Format: uuid */
    tenant_id: string;
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListUsersAnswer {
    data: {
        /** Format: uuid */
        user_id: string;
        /** Format: uuid */
        tenant_id: string;
        name: string;
        email: string;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export interface DeleteUserInput {
    /** Format: uuid */
    tenant_id: string;
    /** Format: uuid */
    user_id: string;
}
export type DeleteUserAnswer = null;
export interface ListSubscriptionTiersInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListSubscriptionTiersAnswer {
    data: {
        /**
         * Format: uuid
         * @description Whose catalogue it stands in.
         */
        tenant_id: string;
        /** Format: uuid */
        tier_id: string;
        tier_name: string;
        title: string;
        may_have_child_tenants: boolean;
        /** @description Successful API calls of a billing period that cost nothing; null where none does. */
        included_api_calls: number | null;
        /** @description null: the tier brings no limit. */
        calls_per_minute: number | null;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export interface PurchaseAiTokensInput {
    tokens_to_purchase: number;
    transaction_id?: string;
    payment_method?: string;
}
export interface PurchaseAiTokensAnswer {
    /**
     * Format: uuid
     * @description Ours; POST /refunds takes it.
     */
    transaction_id: string;
    external_transaction_id: string | null;
    tokens_purchased: number;
    amount_cents: number;
    currency: string;
    /** @constant */
    status: "settled";
    /** @description tokens_remaining after the purchase. */
    balance: number;
}
export interface QuoteAiTokensInput {
    tokens_to_purchase: number;
}
export interface QuoteAiTokensAnswer {
    tokens_to_purchase: number;
    amount_cents: number;
    currency: string;
    price_version: string;
    /** @description Who is asked for the money; null for nobody. */
    provider: string | null;
}
export interface GrantAiTokensInput {
    tokens: number;
    reason: string;
    priority?: number;
    /** Format: date-time */
    expires_at?: string;
}
export interface GrantAiTokensAnswer {
    /** Format: uuid */
    grant_id: string;
    /** Format: uuid */
    transaction_id: string;
    /** @enum {string} */
    source: "sold" | "given";
    priority: number;
    expires_at: string | null;
    tokens: number;
    tokens_used: number;
    tokens_held: number;
    tokens_refunded: number;
    tokens_expired: number;
    tokens_remaining: number;
    price_cents: number;
    currency: string;
    reason: string | null;
    /** Format: date-time */
    created_at: string;
    balance: number;
}
export type GetAiTokenBalanceInput = Record<string, never>;
export interface GetAiTokenBalanceAnswer {
    tokens_purchased: number;
    tokens_granted: number;
    tokens_refunded: number;
    tokens_used: number;
    tokens_held: number;
    tokens_expired: number;
    tokens_remaining: number;
    tokens_shortfall: number;
    last_purchase_at: string | null;
    last_usage_at: string | null;
    grants: {
        /** Format: uuid */
        grant_id: string;
        /** Format: uuid */
        transaction_id: string;
        /** @enum {string} */
        source: "sold" | "given";
        priority: number;
        expires_at: string | null;
        tokens: number;
        tokens_used: number;
        tokens_held: number;
        tokens_refunded: number;
        tokens_expired: number;
        tokens_remaining: number;
        price_cents: number;
        currency: string;
        reason: string | null;
        /** Format: date-time */
        created_at: string;
    }[];
}
export interface GetAiTokenBalanceHistoryInput {
    /**
     * Format: date-time
     * @description The first day is the one of this time.
     */
    from?: string;
    /**
     * Format: date-time
     * @description Before this time; up to now without it.
     */
    to?: string;
}
export interface GetAiTokenBalanceHistoryAnswer {
    days: {
        /** Format: date */
        day: string;
        tokens_purchased: number;
        tokens_granted: number;
        tokens_refunded: number;
        tokens_used: number;
        tokens_held: number;
        tokens_expired: number;
        tokens_remaining: number;
        tokens_shortfall: number;
    }[];
}
export interface UseAiTokensInput {
    tokens_used: number;
    feature_type: string;
    request_id?: string;
    user_id?: string;
    metadata?: {
        [key: string]: unknown;
    };
}
export interface UseAiTokensAnswer {
    /** Format: uuid */
    usage_id: string;
    tokens_used: number;
    feature_type: string;
    /** @description tokens_remaining after the use. */
    balance_after: number;
    /** @description Where the receipt of this use is. */
    receipt: string;
}
export interface ListAiTokenUsageInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /**
     * Format: date-time
     * @description From this time on.
     */
    from?: string;
    /**
     * Format: date-time
     * @description Before this time.
     */
    to?: string;
    feature_type?: string;
    user_id?: string;
}
export interface ListAiTokenUsageAnswer {
    data: {
        /** Format: uuid */
        usage_id: string;
        tokens_used: number;
        feature_type: string;
        request_id: string | null;
        user_id: string | null;
        metadata: {
            [key: string]: unknown;
        } | null;
        /** Format: date-time */
        occurred_at: string;
    }[];
    next_cursor: string | null;
}
export interface SummarizeAiTokenUsageInput {
    /**
     * @default feature_type
     * @enum {string}
     */
    group_by?: "feature_type" | "day" | "user_id";
    /** Format: date-time */
    from?: string;
    /** Format: date-time */
    to?: string;
    feature_type?: string;
    user_id?: string;
}
export interface SummarizeAiTokenUsageAnswer {
    tokens_used: number;
    uses: number;
    groups: {
        key: string | null;
        tokens_used: number;
        uses: number;
    }[];
}
export interface HoldAiTokensInput {
    tokens: number;
    feature_type: string;
    request_id: string;
    ttl_seconds?: number;
    user_id?: string;
}
export interface HoldAiTokensAnswer {
    /** Format: uuid */
    hold_id: string;
    tokens_held: number;
    /** Format: date-time */
    expires_at: string;
}
export interface ListAiTokenHoldsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /** @enum {string} */
    status?: "held" | "expired" | "settled" | "released";
}
export interface ListAiTokenHoldsAnswer {
    data: {
        /** Format: uuid */
        hold_id: string;
        /** @enum {string} */
        status: "held" | "expired" | "settled" | "released";
        tokens: number;
        feature_type: string;
        request_id: string;
        user_id: string | null;
        /** Format: date-time */
        created_at: string;
        /** Format: date-time */
        expires_at: string;
        /**
         * Format: date-time
         * @description When policy releases a hold that nobody ended.
         */
        grace_until: string;
        ended_at: string | null;
        released_by: ("owner" | "policy") | null;
        release_reason: string | null;
        usage_id: string | null;
    }[];
    next_cursor: string | null;
}
export interface GetAiTokenHoldInput {
    /** Format: uuid */
    hold_id: string;
}
export interface GetAiTokenHoldAnswer {
    /** Format: uuid */
    hold_id: string;
    /** @enum {string} */
    status: "held" | "expired" | "settled" | "released";
    tokens: number;
    feature_type: string;
    request_id: string;
    user_id: string | null;
    /** Format: date-time */
    created_at: string;
    /** Format: date-time */
    expires_at: string;
    /**
     * Format: date-time
     * @description When policy releases a hold that nobody ended.
     */
    grace_until: string;
    ended_at: string | null;
    released_by: ("owner" | "policy") | null;
    release_reason: string | null;
    usage_id: string | null;
}
export interface SettleAiTokenHoldInput {
    /** Format: uuid */
    hold_id: string;
    tokens_used: number;
}
export interface SettleAiTokenHoldAnswer {
    /** Format: uuid */
    usage_id: string;
    tokens_used: number;
    shortfall_tokens: number;
    shortfall_refused_tokens?: number;
    balance_after: number;
    receipt: string;
}
export interface ReleaseAiTokenHoldInput {
    /** Format: uuid */
    hold_id: string;
}
export interface ReleaseAiTokenHoldAnswer {
    /** Format: uuid */
    hold_id: string;
    tokens_released: number;
    balance_after: number;
}
export interface GetAiTokenReceiptInput {
    /** Format: uuid */
    usage_id: string;
}
export interface GetAiTokenReceiptAnswer {
    /** Format: uuid */
    usage_id: string;
    /** Format: date-time */
    occurred_at: string;
    book_version: number;
    feature_type: string;
    request_id: string | null;
    hold_id: string | null;
    user_id: string | null;
    metadata: {
        [key: string]: unknown;
    } | null;
    tokens_used: number;
    shortfall_tokens: number;
    shortfall_refused_tokens: number;
    balance_before: number;
    balance_after: number;
    currency: string;
    recognised_cents: number;
    grants: {
        /** Format: uuid */
        grant_id: string;
        /** @enum {string} */
        source: "sold" | "given";
        price_version: string | null;
        price_cents: number;
        grant_tokens: number;
        /** @description What this use burned of the grant. */
        tokens: number;
        left_before: number;
        left_after: number;
        deferred_before_cents: number;
        deferred_after_cents: number;
        recognised_cents: number;
        arithmetic: string;
    }[];
    /** @description Whether computing it again gives what was booked. */
    replays: boolean;
}
export interface PutFeatureInput {
    feature_type: string;
    title?: string;
}
export interface PutFeatureAnswer {
    feature_type: string;
    title: string;
    /** Format: date-time */
    created_at: string;
}
export interface ListFeaturesInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListFeaturesAnswer {
    data: {
        feature_type: string;
        title: string;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export type PostApiUsageEventsInput = {
    id: string;
    /** @description The route's pattern, not the path: /episodes/:episode_id. */
    endpoint: string;
    method: string;
    status_code: number;
    response_time_ms: number;
    /** Format: uuid */
    api_key_id?: string;
    /**
     * Format: uuid
     * @description For operator keys only; the tenant acted for without it.
     */
    tenant_id?: string;
    metadata?: {
        [key: string]: unknown;
    };
    /** Format: date-time */
    occurred_at?: string;
}[];
export interface PostApiUsageEventsAnswer {
    accepted: number;
    duplicates: number;
    rejected: {
        index: number;
        code: string;
        detail: string;
    }[];
}
export interface SummarizeApiUsageInput {
    /**
     * @default day
     * @enum {string}
     */
    group_by?: "day" | "hour" | "endpoint" | "api_key_id" | "status_code";
    /**
     * Format: date-time
     * @description From this time on.
     */
    from?: string;
    /**
     * Format: date-time
     * @description Before this time.
     */
    to?: string;
}
export interface SummarizeApiUsageAnswer {
    /** Format: date-time */
    from: string;
    /** Format: date-time */
    to: string;
    total_calls: number;
    successful_calls: number;
    failed_calls: number;
    billable_calls: number;
    /** @description Of the present billing period; null for all. */
    included_calls: number | null;
    /** @description In major units of the currency, unrounded. */
    cost: string;
    currency: string;
    avg_response_time_ms: number | null;
    p50_response_time_ms: number | null;
    p95_response_time_ms: number | null;
    p99_response_time_ms: number | null;
    groups: {
        /** @description Null for calls without an API key. */
        key: string | null;
        total_calls: number;
        successful_calls: number;
        failed_calls: number;
        avg_response_time_ms: number | null;
    }[];
}
export interface SummarizeApiUsageOfTenantsInput {
    /**
     * Format: date-time
     * @description From this time on.
     */
    from?: string;
    /**
     * Format: date-time
     * @description Before this time.
     */
    to?: string;
}
export interface SummarizeApiUsageOfTenantsAnswer {
    /** Format: date-time */
    from: string;
    /** Format: date-time */
    to: string;
    total_calls: number;
    successful_calls: number;
    failed_calls: number;
    /** @description How many tenants had calls. */
    active_tenants: number;
    tenants: {
        /** Format: uuid */
        tenant_id: string;
        name: string;
        total_calls: number;
        successful_calls: number;
        failed_calls: number;
    }[];
}
export interface PutRateLimitPolicyInput {
    name: string;
    /** @description How much a full window takes. */
    limit: number;
    window_seconds: number;
    /**
     * @description What a call takes of the limit, at most all of it.
     * @default 1
     */
    cost?: number;
    /** @description A route's pattern; without it all. */
    endpoint?: string;
    /**
     * Format: uuid
     * @description A key of the tenant; without it all.
     */
    api_key_id?: string;
    /**
     * @description While the shared store does not answer: let in, refused with 503, or limited in each process by itself.
     * @default local
     * @enum {string}
     */
    on_store_failure?: "open" | "closed" | "local";
}
export interface PutRateLimitPolicyAnswer {
    name: string;
    limit: number;
    window_seconds: number;
    /** @description What a call takes of the limit. */
    cost: number;
    /** @description The route's pattern that it is for; null for all. */
    endpoint: string | null;
    /** @description The key that it is for; null for all. */
    api_key_id: string | null;
    /** @enum {string} */
    on_store_failure: "open" | "closed" | "local";
    set_by_operator: boolean;
    /** Format: date-time */
    created_at: string;
    /** Format: date-time */
    updated_at: string;
}
export interface GetRateLimitPolicyInput {
    name: string;
}
export interface GetRateLimitPolicyAnswer {
    name: string;
    limit: number;
    window_seconds: number;
    /** @description What a call takes of the limit. */
    cost: number;
    /** @description The route's pattern that it is for; null for all. */
    endpoint: string | null;
    /** @description The key that it is for; null for all. */
    api_key_id: string | null;
    /** @enum {string} */
    on_store_failure: "open" | "closed" | "local";
    set_by_operator: boolean;
    /** Format: date-time */
    created_at: string;
    /** Format: date-time */
    updated_at: string;
}
export interface DeleteRateLimitPolicyInput {
    name: string;
}
export type DeleteRateLimitPolicyAnswer = null;
export interface ListRateLimitPoliciesInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListRateLimitPoliciesAnswer {
    data: {
        name: string;
        limit: number;
        window_seconds: number;
        /** @description What a call takes of the limit. */
        cost: number;
        /** @description The route's pattern that it is for; null for all. */
        endpoint: string | null;
        /** @description The key that it is for; null for all. */
        api_key_id: string | null;
        /** @enum {string} */
        on_store_failure: "open" | "closed" | "local";
        set_by_operator: boolean;
        /** Format: date-time */
        created_at: string;
        /** Format: date-time */
        updated_at: string;
    }[];
    next_cursor: string | null;
}
export interface PeekRateLimitInput {
    limit_per_hour?: number;
    /** @description Count in the policies of this route's pattern. */
    endpoint?: string;
}
export interface PeekRateLimitAnswer {
    /** @description null where nothing limits the tenant. */
    limit: number | null;
    /** @description null where nothing limits the tenant. */
    remaining: number | null;
    used: number;
    /** @description Whether one more call would be refused now. */
    exceeded: boolean;
    /**
     * Format: date-time
     * @description When all of the limit is there again.
     */
    reset_at: string;
    policies: {
        name: string;
        /** @enum {string} */
        level: "key" | "tenant" | "tier" | "route" | "default";
        limit: number;
        window_seconds: number;
        remaining: number;
        used: number;
        /** @description Whether one more call would be refused now. */
        exceeded: boolean;
        /**
         * Format: date-time
         * @description When all of the limit is there again.
         */
        reset_at: string;
        reset_after_seconds: number;
        retry_after_seconds: number;
    }[];
}
export interface DecideInput {
    /** @description The key that the call was made with. */
    api_key: string;
    request_id: string;
    /** @description The route's pattern. */
    endpoint?: string;
    /**
     * @description Multiplied by that of each policy.
     * @default 1
     */
    cost?: number;
    /** @description Tokens to hold; it takes a feature_type. */
    tokens?: number;
    feature_type?: string;
}
export interface DecideAnswer {
    /** @constant */
    allowed: true;
    /** Format: uuid */
    hold_id?: string;
}
export interface ListTransactionsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /**
     * Format: date-time
     * @description From this time on.
     */
    from?: string;
    /**
     * Format: date-time
     * @description Before this time.
     */
    to?: string;
    /** @enum {string} */
    type?: "token_purchase" | "token_grant" | "token_expiry" | "refund";
    /** @enum {string} */
    status?: "pending" | "settled" | "failed";
}
export interface ListTransactionsAnswer {
    data: {
        /** Format: uuid */
        transaction_id: string;
        /** @enum {string} */
        type: "token_purchase" | "token_grant" | "token_expiry" | "refund";
        /** @enum {string} */
        status: "pending" | "settled" | "failed";
        amount_cents: number;
        currency: string;
        tokens: number;
        /** @description tokens_remaining after it, once it is settled. */
        balance_after: number | null;
        external_transaction_id: string | null;
        reverses_transaction_id: string | null;
        provider: string | null;
        payment_method: string | null;
        price_version: string | null;
        reason: string | null;
        failure_code: string | null;
        /** Format: date-time */
        created_at: string;
        settled_at: string | null;
    }[];
    next_cursor: string | null;
}
export interface RefundTransactionInput {
    /** Format: uuid */
    transaction_id: string;
    amount_cents?: number;
    reason: string;
}
export interface RefundTransactionAnswer {
    /** Format: uuid */
    transaction_id: string;
    /** Format: uuid */
    reverses_transaction_id: string;
    external_transaction_id: string | null;
    amount_cents: number;
    currency: string;
    tokens_refunded: number;
    reason: string | null;
    /** @constant */
    status: "settled";
    /** @description tokens_remaining after the refund. */
    balance: number;
}
export type GetBillingDetailsInput = Record<string, never>;
export interface GetBillingDetailsAnswer {
    /** Format: uuid */
    tenant_id: string;
    legal_name: string | null;
    email: string | null;
    address_line1: string | null;
    address_line2: string | null;
    city: string | null;
    postal_code: string | null;
    region: string | null;
    country: string | null;
    tax_id: string | null;
    /** @description tax_id as a VAT id of the EU, where its form and check digits make it one. */
    eu_vat_id: string | null;
    tax_exempt: boolean;
    /** @description Of prices it was promised; null as its seller does. */
    tax_behavior: ("exclusive" | "inclusive") | null;
    /** @description Of prices it sells at; null for tax on top. */
    sales_tax_behavior: ("exclusive" | "inclusive") | null;
    /** @description By whose calendar its months begin. */
    time_zone: string;
    /** @description null where nothing was said yet. */
    updated_at: string | null;
}
export interface PutBillingDetailsInput {
    /** @default null */
    legal_name?: string | null;
    /** @default null */
    email?: string | null;
    /** @default null */
    address_line1?: string | null;
    /** @default null */
    address_line2?: string | null;
    /** @default null */
    city?: string | null;
    /** @default null */
    postal_code?: string | null;
    /**
     * @description A state or province, as tax rates spell it.
     * @default null
     */
    region?: string | null;
    /** @default null */
    country?: string | null;
    /** @default null */
    tax_id?: string | null;
    tax_exempt?: boolean;
    tax_behavior?: ("exclusive" | "inclusive") | null;
    /** @default null */
    sales_tax_behavior?: ("exclusive" | "inclusive") | null;
    /**
     * @default UTC
     * @example Europe/Berlin
     */
    time_zone?: string;
}
export interface PutBillingDetailsAnswer {
    /** Format: uuid */
    tenant_id: string;
    legal_name: string | null;
    email: string | null;
    address_line1: string | null;
    address_line2: string | null;
    city: string | null;
    postal_code: string | null;
    region: string | null;
    country: string | null;
    tax_id: string | null;
    /** @description tax_id as a VAT id of the EU, where its form and check digits make it one. */
    eu_vat_id: string | null;
    tax_exempt: boolean;
    /** @description Of prices it was promised; null as its seller does. */
    tax_behavior: ("exclusive" | "inclusive") | null;
    /** @description Of prices it sells at; null for tax on top. */
    sales_tax_behavior: ("exclusive" | "inclusive") | null;
    /** @description By whose calendar its months begin. */
    time_zone: string;
    /** @description null where nothing was said yet. */
    updated_at: string | null;
}
export interface AddTaxRateInput {
    /** @example DE */
    country: string;
    region?: string;
    /** @example 19 */
    rate_percent: number;
    /**
     * @description What invoices call it, such as VAT.
     * @example VAT
     */
    name: string;
    /** Format: date-time */
    valid_from?: string;
}
export interface AddTaxRateAnswer {
    /** Format: uuid */
    tax_rate_id: string;
    country: string;
    /** @description null for all regions without a rate of their own. */
    region: string | null;
    rate_percent: number;
    name: string;
    /** Format: date-time */
    valid_from: string;
    /** @description Excluded; null for no end. */
    valid_to: string | null;
    /** Format: date-time */
    created_at: string;
}
export interface ListTaxRatesInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /** @example DE */
    country?: string;
}
export interface ListTaxRatesAnswer {
    data: {
        /** Format: uuid */
        tax_rate_id: string;
        country: string;
        /** @description null for all regions without a rate of their own. */
        region: string | null;
        rate_percent: number;
        name: string;
        /** Format: date-time */
        valid_from: string;
        /** @description Excluded; null for no end. */
        valid_to: string | null;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export interface StopTaxRateInput {
    /** Format: uuid */
    tax_rate_id: string;
}
export type StopTaxRateAnswer = null;
export interface CreateCouponInput {
    /** @example LAUNCH50 */
    code: string;
    /** @example 19 */
    percent_off?: number;
    amount_off_cents?: number;
    /** @example USD */
    currency?: string;
    /** @enum {string} */
    duration: "once" | "repeating" | "forever";
    duration_months?: number;
    /** @description By how many tenants; without it any number. */
    max_redemptions?: number;
    /**
     * Format: date-time
     * @description Until when, excluded; without it for ever.
     */
    redeem_by?: string;
}
export interface CreateCouponAnswer {
    /** Format: uuid */
    coupon_id: string;
    code: string;
    percent_off: number | null;
    amount_off_cents: number | null;
    currency: string | null;
    /** @enum {string} */
    duration: "once" | "repeating" | "forever";
    duration_months: number | null;
    max_redemptions: number | null;
    redeem_by: string | null;
    active: boolean;
    /** @description How many tenants have redeemed it. */
    redemptions: number;
    /** Format: date-time */
    created_at: string;
    /** Format: date-time */
    updated_at: string;
}
export interface ListCouponsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /** @example LAUNCH50 */
    code?: string;
}
export interface ListCouponsAnswer {
    data: {
        /** Format: uuid */
        coupon_id: string;
        code: string;
        percent_off: number | null;
        amount_off_cents: number | null;
        currency: string | null;
        /** @enum {string} */
        duration: "once" | "repeating" | "forever";
        duration_months: number | null;
        max_redemptions: number | null;
        redeem_by: string | null;
        active: boolean;
        /** @description How many tenants have redeemed it. */
        redemptions: number;
        /** Format: date-time */
        created_at: string;
        /** Format: date-time */
        updated_at: string;
    }[];
    next_cursor: string | null;
}
export interface UpdateCouponInput {
    /** Format: uuid */
    coupon_id: string;
    active: boolean;
}
export interface UpdateCouponAnswer {
    /** Format: uuid */
    coupon_id: string;
    code: string;
    percent_off: number | null;
    amount_off_cents: number | null;
    currency: string | null;
    /** @enum {string} */
    duration: "once" | "repeating" | "forever";
    duration_months: number | null;
    max_redemptions: number | null;
    redeem_by: string | null;
    active: boolean;
    /** @description How many tenants have redeemed it. */
    redemptions: number;
    /** Format: date-time */
    created_at: string;
    /** Format: date-time */
    updated_at: string;
}
export interface RedeemCouponInput {
    /** @example LAUNCH50 */
    code: string;
}
export interface RedeemCouponAnswer {
    /** Format: uuid */
    coupon_redemption_id: string;
    /** Format: uuid */
    coupon_id: string;
    code: string;
    percent_off: number | null;
    amount_off_cents: number | null;
    currency: string | null;
    /** @enum {string} */
    duration: "once" | "repeating" | "forever";
    /** Format: date-time */
    starts_at: string;
    /** @description Of a repeating one, excluded. */
    ends_at: string | null;
    /** @description How many invoices it took something off. */
    used_count: number;
    /** @description When it was taken back. */
    ended_at: string | null;
    /** @description Whether it takes something off an invoice of now. */
    in_force: boolean;
}
export interface ListCouponRedemptionsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListCouponRedemptionsAnswer {
    data: {
        /** Format: uuid */
        coupon_redemption_id: string;
        /** Format: uuid */
        coupon_id: string;
        code: string;
        percent_off: number | null;
        amount_off_cents: number | null;
        currency: string | null;
        /** @enum {string} */
        duration: "once" | "repeating" | "forever";
        /** Format: date-time */
        starts_at: string;
        /** @description Of a repeating one, excluded. */
        ends_at: string | null;
        /** @description How many invoices it took something off. */
        used_count: number;
        /** @description When it was taken back. */
        ended_at: string | null;
        /** @description Whether it takes something off an invoice of now. */
        in_force: boolean;
    }[];
    next_cursor: string | null;
}
export interface EndCouponRedemptionInput {
    /** Format: uuid */
    coupon_redemption_id: string;
}
export type EndCouponRedemptionAnswer = null;
export interface ListAccountsInput {
    /** Format: date-time */
    at?: string;
}
export interface ListAccountsAnswer {
    /** Format: date-time */
    at: string;
    accounts: {
        /** @enum {string} */
        account: "cash" | "deferred_revenue" | "recognised_revenue" | "breakage_revenue" | "tokens_issued" | "tokens_available" | "tokens_consumed" | "tokens_shortfall" | "tokens_expired" | "tokens_refunded";
        asset: string;
        title: string;
        /** @enum {string} */
        side: "debit" | "credit";
        debits: number;
        credits: number;
        balance: number;
    }[];
    identity: {
        currency: string;
        assets_cents: number;
        claims_cents: number;
        holds: boolean;
    }[];
}
export interface GetAccountStatementInput {
    /** @enum {string} */
    account: "cash" | "deferred_revenue" | "recognised_revenue" | "breakage_revenue" | "tokens_issued" | "tokens_available" | "tokens_consumed" | "tokens_shortfall" | "tokens_expired" | "tokens_refunded";
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /** @description What the account holds, where it is left out. */
    asset?: string;
    /** Format: date-time */
    from?: string;
    /** Format: date-time */
    to?: string;
}
export interface GetAccountStatementAnswer {
    data: {
        book_version: number;
        /** Format: date-time */
        occurred_at: string;
        transaction_id: string | null;
        usage_id: string | null;
        debit: number;
        credit: number;
        balance_after: number;
    }[];
    next_cursor: string | null;
}
export interface AdvanceTestClockInput {
    /** Format: date-time */
    to?: string;
    seconds?: number;
}
export interface AdvanceTestClockAnswer {
    /** Format: date-time */
    now: string;
    items_run: number;
    items_failed: number;
}

/** Every code that this version of the API refuses with. */
export type ErrorCode =
  | 'amount_out_of_range'
  | 'api_key_ended'
  | 'api_key_from_environment'
  | 'api_keys_too_many'
  | 'body_malformed'
  | 'body_too_large'
  | 'clock_backwards'
  | 'cost_too_high'
  | 'coupon_code_taken'
  | 'coupon_not_redeemable'
  | 'coupon_redeemed'
  | 'credentials_refused'
  | 'cursor_invalid'
  | 'database_unavailable'
  | 'decision_key_invalid'
  | 'email_taken'
  | 'event_in_future'
  | 'event_too_old'
  | 'feature_unknown'
  | 'hold_released'
  | 'hold_settled'
  | 'idempotency_key_invalid'
  | 'idempotency_key_reused'
  | 'internal_error'
  | 'limits_unavailable'
  | 'media_type_unsupported'
  | 'monetization_disabled'
  | 'not_found'
  | 'operator_only'
  | 'origin_refused'
  | 'overloaded'
  | 'payment_declined'
  | 'payments_unavailable'
  | 'price_too_small'
  | 'rate_limit_policies_too_many'
  | 'rate_limited'
  | 'refund_not_possible'
  | 'refund_too_large'
  | 'request_id_reused'
  | 'request_in_flight'
  | 'request_invalid'
  | 'route_not_found'
  | 'scope_missing'
  | 'settlement_differs'
  | 'sign_in_limited'
  | 'slug_taken'
  | 'tax_rate_overlaps'
  | 'test_clock_disabled'
  | 'tier_without_children'
  | 'tokens_insufficient'
  | 'transaction_id_reused'
  | 'transaction_pending'
  | 'unauthenticated'
  | 'url_malformed'
  | 'users_too_many';

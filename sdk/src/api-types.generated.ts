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
    /**
     * Format: uuid
     * @description Whose catalogue its tier stands in.
     */
    tier_owner_id: string;
    tier_name: string;
    /** @description A new version of a tier moves nobody. */
    tier_version: number;
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
        /**
         * Format: uuid
         * @description Whose catalogue its tier stands in.
         */
        tier_owner_id: string;
        tier_name: string;
        /** @description A new version of a tier moves nobody. */
        tier_version: number;
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
    /**
     * Format: uuid
     * @description Whose catalogue its tier stands in.
     */
    tier_owner_id: string;
    tier_name: string;
    /** @description A new version of a tier moves nobody. */
    tier_version: number;
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
    /**
     * Format: uuid
     * @description Whose catalogue its tier stands in.
     */
    tier_owner_id: string;
    tier_name: string;
    /** @description A new version of a tier moves nobody. */
    tier_version: number;
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
        version: number;
        title: string;
        description: string;
        /** @description By currency and interval, in minor units. What is not here is not sold. */
        prices: {
            [key: string]: {
                [key: string]: number;
            };
        };
        /** @description At most 100, by name. A limit of null is none. */
        features: {
            [key: string]: {
                /** @constant */
                kind: "boolean";
                enabled: boolean;
            } | {
                /** @constant */
                kind: "static";
                limit: number | null;
            } | {
                /** @constant */
                kind: "metered";
                limit: number | null;
                /** @description By currency: what is used beyond the included costs this. */
                overage?: {
                    [key: string]: {
                        /** @constant */
                        model: "flat";
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        flat_price_cents: string;
                    } | {
                        /** @constant */
                        model: "per_unit";
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                    } | {
                        /** @constant */
                        model: "package";
                        package_size: number;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        package_price_cents: string;
                    } | {
                        /** @constant */
                        model: "graduated";
                        tiers: {
                            /** @description The last quantity of the tier; null for no end. */
                            up_to: number | null;
                            /**
                             * @description In minor units of the currency.
                             * @example 0.005
                             */
                            unit_price_cents: string;
                            /**
                             * @description Due once when the tier is reached.
                             * @example 0.005
                             */
                            flat_price_cents?: string;
                        }[];
                    } | {
                        /** @constant */
                        model: "volume";
                        tiers: {
                            /** @description The last quantity of the tier; null for no end. */
                            up_to: number | null;
                            /**
                             * @description In minor units of the currency.
                             * @example 0.005
                             */
                            unit_price_cents: string;
                            /**
                             * @description Due once when the tier is reached.
                             * @example 0.005
                             */
                            flat_price_cents?: string;
                        }[];
                    };
                };
            };
        };
        may_have_child_tenants: boolean;
        /** @description Granted in each billing period; null: as many as anybody needs. */
        included_ai_tokens: number | null;
        /** @description How many billing periods longer than their own the included tokens last; null for ever. */
        token_rollover_periods: number | null;
        /** @description Successful API calls of a billing period that cost nothing; null where none does. */
        included_api_calls: number | null;
        /** @description By currency: what is used beyond the included costs this. */
        api_call_prices: {
            [key: string]: {
                /** @constant */
                model: "flat";
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                flat_price_cents: string;
            } | {
                /** @constant */
                model: "per_unit";
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
            } | {
                /** @constant */
                model: "package";
                package_size: number;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                package_price_cents: string;
            } | {
                /** @constant */
                model: "graduated";
                tiers: {
                    /** @description The last quantity of the tier; null for no end. */
                    up_to: number | null;
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    unit_price_cents: string;
                    /**
                     * @description Due once when the tier is reached.
                     * @example 0.005
                     */
                    flat_price_cents?: string;
                }[];
            } | {
                /** @constant */
                model: "volume";
                tiers: {
                    /** @description The last quantity of the tier; null for no end. */
                    up_to: number | null;
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    unit_price_cents: string;
                    /**
                     * @description Due once when the tier is reached.
                     * @example 0.005
                     */
                    flat_price_cents?: string;
                }[];
            };
        };
        /** @description null: the tier brings no limit. */
        calls_per_minute: number | null;
        /** @description Nobody can move to it any more; who is on it stays. */
        archived: boolean;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export interface CreateSubscriptionTierInput {
    /** @example professional */
    tier_name: string;
    title: string;
    /** @default  */
    description?: string;
    /**
     * @description By currency and interval, in minor units. What is not here is not sold.
     * @default {}
     */
    prices?: {
        [key: string]: {
            [key: string]: number;
        };
    };
    /**
     * @description At most 100, by name. A limit of null is none.
     * @default {}
     */
    features?: {
        [key: string]: {
            /** @constant */
            kind: "boolean";
            enabled: boolean;
        } | {
            /** @constant */
            kind: "static";
            limit: number | null;
        } | {
            /** @constant */
            kind: "metered";
            limit: number | null;
            /** @description By currency: what is used beyond the included costs this. */
            overage?: {
                [key: string]: {
                    /** @constant */
                    model: "flat";
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    flat_price_cents: string;
                } | {
                    /** @constant */
                    model: "per_unit";
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    unit_price_cents: string;
                } | {
                    /** @constant */
                    model: "package";
                    package_size: number;
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    package_price_cents: string;
                } | {
                    /** @constant */
                    model: "graduated";
                    tiers: {
                        /** @description The last quantity of the tier; null for no end. */
                        up_to: number | null;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                        /**
                         * @description Due once when the tier is reached.
                         * @example 0.005
                         */
                        flat_price_cents?: string;
                    }[];
                } | {
                    /** @constant */
                    model: "volume";
                    tiers: {
                        /** @description The last quantity of the tier; null for no end. */
                        up_to: number | null;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                        /**
                         * @description Due once when the tier is reached.
                         * @example 0.005
                         */
                        flat_price_cents?: string;
                    }[];
                };
            };
        };
    };
    /** @default false */
    may_have_child_tenants?: boolean;
    /**
     * @description Granted in each billing period; null: as many as anybody needs.
     * @default 0
     */
    included_ai_tokens?: number | null;
    /**
     * @description How many billing periods longer than their own the included tokens last; null for ever.
     * @default 0
     */
    token_rollover_periods?: number | null;
    /**
     * @description Successful API calls of a billing period that cost nothing; null where none does.
     * @default 0
     */
    included_api_calls?: number | null;
    /**
     * @description By currency: what is used beyond the included costs this.
     * @default {}
     */
    api_call_prices?: {
        [key: string]: {
            /** @constant */
            model: "flat";
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            flat_price_cents: string;
        } | {
            /** @constant */
            model: "per_unit";
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            unit_price_cents: string;
        } | {
            /** @constant */
            model: "package";
            package_size: number;
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            package_price_cents: string;
        } | {
            /** @constant */
            model: "graduated";
            tiers: {
                /** @description The last quantity of the tier; null for no end. */
                up_to: number | null;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
                /**
                 * @description Due once when the tier is reached.
                 * @example 0.005
                 */
                flat_price_cents?: string;
            }[];
        } | {
            /** @constant */
            model: "volume";
            tiers: {
                /** @description The last quantity of the tier; null for no end. */
                up_to: number | null;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
                /**
                 * @description Due once when the tier is reached.
                 * @example 0.005
                 */
                flat_price_cents?: string;
            }[];
        };
    };
    /**
     * @description null: the tier brings no limit.
     * @default 600
     */
    calls_per_minute?: number | null;
    /**
     * @description Nobody can move to it any more; who is on it stays.
     * @default false
     */
    archived?: boolean;
}
export interface CreateSubscriptionTierAnswer {
    /**
     * Format: uuid
     * @description Whose catalogue it stands in.
     */
    tenant_id: string;
    /** Format: uuid */
    tier_id: string;
    tier_name: string;
    version: number;
    title: string;
    description: string;
    /** @description By currency and interval, in minor units. What is not here is not sold. */
    prices: {
        [key: string]: {
            [key: string]: number;
        };
    };
    /** @description At most 100, by name. A limit of null is none. */
    features: {
        [key: string]: {
            /** @constant */
            kind: "boolean";
            enabled: boolean;
        } | {
            /** @constant */
            kind: "static";
            limit: number | null;
        } | {
            /** @constant */
            kind: "metered";
            limit: number | null;
            /** @description By currency: what is used beyond the included costs this. */
            overage?: {
                [key: string]: {
                    /** @constant */
                    model: "flat";
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    flat_price_cents: string;
                } | {
                    /** @constant */
                    model: "per_unit";
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    unit_price_cents: string;
                } | {
                    /** @constant */
                    model: "package";
                    package_size: number;
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    package_price_cents: string;
                } | {
                    /** @constant */
                    model: "graduated";
                    tiers: {
                        /** @description The last quantity of the tier; null for no end. */
                        up_to: number | null;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                        /**
                         * @description Due once when the tier is reached.
                         * @example 0.005
                         */
                        flat_price_cents?: string;
                    }[];
                } | {
                    /** @constant */
                    model: "volume";
                    tiers: {
                        /** @description The last quantity of the tier; null for no end. */
                        up_to: number | null;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                        /**
                         * @description Due once when the tier is reached.
                         * @example 0.005
                         */
                        flat_price_cents?: string;
                    }[];
                };
            };
        };
    };
    may_have_child_tenants: boolean;
    /** @description Granted in each billing period; null: as many as anybody needs. */
    included_ai_tokens: number | null;
    /** @description How many billing periods longer than their own the included tokens last; null for ever. */
    token_rollover_periods: number | null;
    /** @description Successful API calls of a billing period that cost nothing; null where none does. */
    included_api_calls: number | null;
    /** @description By currency: what is used beyond the included costs this. */
    api_call_prices: {
        [key: string]: {
            /** @constant */
            model: "flat";
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            flat_price_cents: string;
        } | {
            /** @constant */
            model: "per_unit";
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            unit_price_cents: string;
        } | {
            /** @constant */
            model: "package";
            package_size: number;
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            package_price_cents: string;
        } | {
            /** @constant */
            model: "graduated";
            tiers: {
                /** @description The last quantity of the tier; null for no end. */
                up_to: number | null;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
                /**
                 * @description Due once when the tier is reached.
                 * @example 0.005
                 */
                flat_price_cents?: string;
            }[];
        } | {
            /** @constant */
            model: "volume";
            tiers: {
                /** @description The last quantity of the tier; null for no end. */
                up_to: number | null;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
                /**
                 * @description Due once when the tier is reached.
                 * @example 0.005
                 */
                flat_price_cents?: string;
            }[];
        };
    };
    /** @description null: the tier brings no limit. */
    calls_per_minute: number | null;
    /** @description Nobody can move to it any more; who is on it stays. */
    archived: boolean;
    /** Format: date-time */
    created_at: string;
}
export interface ReviseSubscriptionTierInput {
    /** Format: uuid */
    tier_id: string;
    title?: string;
    description?: string;
    /** @description By currency and interval, in minor units. What is not here is not sold. */
    prices?: {
        [key: string]: {
            [key: string]: number;
        };
    };
    /** @description At most 100, by name. A limit of null is none. */
    features?: {
        [key: string]: {
            /** @constant */
            kind: "boolean";
            enabled: boolean;
        } | {
            /** @constant */
            kind: "static";
            limit: number | null;
        } | {
            /** @constant */
            kind: "metered";
            limit: number | null;
            /** @description By currency: what is used beyond the included costs this. */
            overage?: {
                [key: string]: {
                    /** @constant */
                    model: "flat";
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    flat_price_cents: string;
                } | {
                    /** @constant */
                    model: "per_unit";
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    unit_price_cents: string;
                } | {
                    /** @constant */
                    model: "package";
                    package_size: number;
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    package_price_cents: string;
                } | {
                    /** @constant */
                    model: "graduated";
                    tiers: {
                        /** @description The last quantity of the tier; null for no end. */
                        up_to: number | null;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                        /**
                         * @description Due once when the tier is reached.
                         * @example 0.005
                         */
                        flat_price_cents?: string;
                    }[];
                } | {
                    /** @constant */
                    model: "volume";
                    tiers: {
                        /** @description The last quantity of the tier; null for no end. */
                        up_to: number | null;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                        /**
                         * @description Due once when the tier is reached.
                         * @example 0.005
                         */
                        flat_price_cents?: string;
                    }[];
                };
            };
        };
    };
    may_have_child_tenants?: boolean;
    /** @description Granted in each billing period; null: as many as anybody needs. */
    included_ai_tokens?: number | null;
    /** @description How many billing periods longer than their own the included tokens last; null for ever. */
    token_rollover_periods?: number | null;
    /** @description Successful API calls of a billing period that cost nothing; null where none does. */
    included_api_calls?: number | null;
    /** @description By currency: what is used beyond the included costs this. */
    api_call_prices?: {
        [key: string]: {
            /** @constant */
            model: "flat";
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            flat_price_cents: string;
        } | {
            /** @constant */
            model: "per_unit";
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            unit_price_cents: string;
        } | {
            /** @constant */
            model: "package";
            package_size: number;
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            package_price_cents: string;
        } | {
            /** @constant */
            model: "graduated";
            tiers: {
                /** @description The last quantity of the tier; null for no end. */
                up_to: number | null;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
                /**
                 * @description Due once when the tier is reached.
                 * @example 0.005
                 */
                flat_price_cents?: string;
            }[];
        } | {
            /** @constant */
            model: "volume";
            tiers: {
                /** @description The last quantity of the tier; null for no end. */
                up_to: number | null;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
                /**
                 * @description Due once when the tier is reached.
                 * @example 0.005
                 */
                flat_price_cents?: string;
            }[];
        };
    };
    /** @description null: the tier brings no limit. */
    calls_per_minute?: number | null;
    /** @description Nobody can move to it any more; who is on it stays. */
    archived?: boolean;
}
export interface ReviseSubscriptionTierAnswer {
    /**
     * Format: uuid
     * @description Whose catalogue it stands in.
     */
    tenant_id: string;
    /** Format: uuid */
    tier_id: string;
    tier_name: string;
    version: number;
    title: string;
    description: string;
    /** @description By currency and interval, in minor units. What is not here is not sold. */
    prices: {
        [key: string]: {
            [key: string]: number;
        };
    };
    /** @description At most 100, by name. A limit of null is none. */
    features: {
        [key: string]: {
            /** @constant */
            kind: "boolean";
            enabled: boolean;
        } | {
            /** @constant */
            kind: "static";
            limit: number | null;
        } | {
            /** @constant */
            kind: "metered";
            limit: number | null;
            /** @description By currency: what is used beyond the included costs this. */
            overage?: {
                [key: string]: {
                    /** @constant */
                    model: "flat";
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    flat_price_cents: string;
                } | {
                    /** @constant */
                    model: "per_unit";
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    unit_price_cents: string;
                } | {
                    /** @constant */
                    model: "package";
                    package_size: number;
                    /**
                     * @description In minor units of the currency.
                     * @example 0.005
                     */
                    package_price_cents: string;
                } | {
                    /** @constant */
                    model: "graduated";
                    tiers: {
                        /** @description The last quantity of the tier; null for no end. */
                        up_to: number | null;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                        /**
                         * @description Due once when the tier is reached.
                         * @example 0.005
                         */
                        flat_price_cents?: string;
                    }[];
                } | {
                    /** @constant */
                    model: "volume";
                    tiers: {
                        /** @description The last quantity of the tier; null for no end. */
                        up_to: number | null;
                        /**
                         * @description In minor units of the currency.
                         * @example 0.005
                         */
                        unit_price_cents: string;
                        /**
                         * @description Due once when the tier is reached.
                         * @example 0.005
                         */
                        flat_price_cents?: string;
                    }[];
                };
            };
        };
    };
    may_have_child_tenants: boolean;
    /** @description Granted in each billing period; null: as many as anybody needs. */
    included_ai_tokens: number | null;
    /** @description How many billing periods longer than their own the included tokens last; null for ever. */
    token_rollover_periods: number | null;
    /** @description Successful API calls of a billing period that cost nothing; null where none does. */
    included_api_calls: number | null;
    /** @description By currency: what is used beyond the included costs this. */
    api_call_prices: {
        [key: string]: {
            /** @constant */
            model: "flat";
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            flat_price_cents: string;
        } | {
            /** @constant */
            model: "per_unit";
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            unit_price_cents: string;
        } | {
            /** @constant */
            model: "package";
            package_size: number;
            /**
             * @description In minor units of the currency.
             * @example 0.005
             */
            package_price_cents: string;
        } | {
            /** @constant */
            model: "graduated";
            tiers: {
                /** @description The last quantity of the tier; null for no end. */
                up_to: number | null;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
                /**
                 * @description Due once when the tier is reached.
                 * @example 0.005
                 */
                flat_price_cents?: string;
            }[];
        } | {
            /** @constant */
            model: "volume";
            tiers: {
                /** @description The last quantity of the tier; null for no end. */
                up_to: number | null;
                /**
                 * @description In minor units of the currency.
                 * @example 0.005
                 */
                unit_price_cents: string;
                /**
                 * @description Due once when the tier is reached.
                 * @example 0.005
                 */
                flat_price_cents?: string;
            }[];
        };
    };
    /** @description null: the tier brings no limit. */
    calls_per_minute: number | null;
    /** @description Nobody can move to it any more; who is on it stays. */
    archived: boolean;
    /** Format: date-time */
    created_at: string;
}
export interface StartSubscriptionInput {
    /** @example professional */
    tier_name: string;
    /**
     * @default month
     * @enum {string}
     */
    interval?: "month" | "year";
    trial_days?: number;
    /** @description A price of its own for one interval, in minor units, as for enterprise contracts. It takes an operator key. */
    custom_price_cents?: number;
}
export interface StartSubscriptionAnswer {
    /** Format: uuid */
    subscription_id: string;
    tier_name: string;
    tier_version: number;
    /** @enum {string} */
    interval: "month" | "year";
    price_cents: number;
    currency: string;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "pending" | "paused" | "suspended" | "cancelled" | "failed";
    time_zone: string;
    /** Format: date-time */
    current_period_start: string;
    /** Format: date-time */
    current_period_end: string;
    trial_ends_at: string | null;
    /** @description The tier from the end of the period on, where the terms change then. */
    next_tier_name: string | null;
    next_price_cents: number | null;
    next_interval: ("month" | "year") | null;
    cancel_at_period_end: boolean;
    /** Format: date-time */
    started_at: string;
    paused_at: string | null;
    ended_at: string | null;
    end_reason: string | null;
    /** Format: date-time */
    created_at: string;
}
export interface ListSubscriptionsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListSubscriptionsAnswer {
    data: {
        /** Format: uuid */
        subscription_id: string;
        tier_name: string;
        tier_version: number;
        /** @enum {string} */
        interval: "month" | "year";
        price_cents: number;
        currency: string;
        /** @enum {string} */
        status: "trialing" | "active" | "past_due" | "pending" | "paused" | "suspended" | "cancelled" | "failed";
        time_zone: string;
        /** Format: date-time */
        current_period_start: string;
        /** Format: date-time */
        current_period_end: string;
        trial_ends_at: string | null;
        /** @description The tier from the end of the period on, where the terms change then. */
        next_tier_name: string | null;
        next_price_cents: number | null;
        next_interval: ("month" | "year") | null;
        cancel_at_period_end: boolean;
        /** Format: date-time */
        started_at: string;
        paused_at: string | null;
        ended_at: string | null;
        end_reason: string | null;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export type GetCurrentSubscriptionInput = Record<string, never>;
export interface GetCurrentSubscriptionAnswer {
    /** Format: uuid */
    subscription_id: string;
    tier_name: string;
    tier_version: number;
    /** @enum {string} */
    interval: "month" | "year";
    price_cents: number;
    currency: string;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "pending" | "paused" | "suspended" | "cancelled" | "failed";
    time_zone: string;
    /** Format: date-time */
    current_period_start: string;
    /** Format: date-time */
    current_period_end: string;
    trial_ends_at: string | null;
    /** @description The tier from the end of the period on, where the terms change then. */
    next_tier_name: string | null;
    next_price_cents: number | null;
    next_interval: ("month" | "year") | null;
    cancel_at_period_end: boolean;
    /** Format: date-time */
    started_at: string;
    paused_at: string | null;
    ended_at: string | null;
    end_reason: string | null;
    /** Format: date-time */
    created_at: string;
}
export interface ChangeSubscriptionInput {
    /** @example professional */
    tier_name: string;
    /**
     * @description Where it is left out, the present one stays.
     * @enum {string}
     */
    interval?: "month" | "year";
    /**
     * @description Where it is left out, going up is now and going down is at the end of the period; from month to year is now, and from year to month at the end.
     * @enum {string}
     */
    when?: "now" | "period_end";
    /** @description A price of its own for one interval, in minor units, as for enterprise contracts. It takes an operator key. */
    custom_price_cents?: number;
}
export interface ChangeSubscriptionAnswer {
    /** Format: uuid */
    subscription_id: string;
    tier_name: string;
    tier_version: number;
    /** @enum {string} */
    interval: "month" | "year";
    price_cents: number;
    currency: string;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "pending" | "paused" | "suspended" | "cancelled" | "failed";
    time_zone: string;
    /** Format: date-time */
    current_period_start: string;
    /** Format: date-time */
    current_period_end: string;
    trial_ends_at: string | null;
    /** @description The tier from the end of the period on, where the terms change then. */
    next_tier_name: string | null;
    next_price_cents: number | null;
    next_interval: ("month" | "year") | null;
    cancel_at_period_end: boolean;
    /** Format: date-time */
    started_at: string;
    paused_at: string | null;
    ended_at: string | null;
    end_reason: string | null;
    /** Format: date-time */
    created_at: string;
}
export interface PreviewSubscriptionChangeInput {
    /** @example professional */
    tier_name: string;
    /**
     * @description Where it is left out, the present one stays.
     * @enum {string}
     */
    interval?: "month" | "year";
    /**
     * @description Where it is left out, going up is now and going down is at the end of the period; from month to year is now, and from year to month at the end.
     * @enum {string}
     */
    when?: "now" | "period_end";
    /** @description A price of its own for one interval, in minor units, as for enterprise contracts. It takes an operator key. */
    custom_price_cents?: number;
}
export interface PreviewSubscriptionChangeAnswer {
    /** @enum {string} */
    when: "now" | "period_end";
    /** Format: date-time */
    effective_at: string;
    currency: string;
    subtotal_cents: number;
    tax_cents: number;
    /** @description Below zero it becomes customer credit. */
    total_cents: number;
    credit_applied_cents: number;
    amount_due_cents: number;
    lines: {
        /** @enum {string} */
        kind: "subscription" | "proration" | "api_calls" | "feature" | "token_shortfall" | "adjustment" | "manual" | "refund";
        description: string;
        amount_cents: number;
        tax_cents: number;
        /** Format: date-time */
        starts_at: string;
        /** Format: date-time */
        ends_at: string;
    }[];
}
export interface CancelSubscriptionInput {
    /**
     * @default period_end
     * @enum {string}
     */
    when?: "now" | "period_end";
    reason?: string;
}
export interface CancelSubscriptionAnswer {
    /** Format: uuid */
    subscription_id: string;
    tier_name: string;
    tier_version: number;
    /** @enum {string} */
    interval: "month" | "year";
    price_cents: number;
    currency: string;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "pending" | "paused" | "suspended" | "cancelled" | "failed";
    time_zone: string;
    /** Format: date-time */
    current_period_start: string;
    /** Format: date-time */
    current_period_end: string;
    trial_ends_at: string | null;
    /** @description The tier from the end of the period on, where the terms change then. */
    next_tier_name: string | null;
    next_price_cents: number | null;
    next_interval: ("month" | "year") | null;
    cancel_at_period_end: boolean;
    /** Format: date-time */
    started_at: string;
    paused_at: string | null;
    ended_at: string | null;
    end_reason: string | null;
    /** Format: date-time */
    created_at: string;
}
export type PauseSubscriptionInput = Record<string, never>;
export interface PauseSubscriptionAnswer {
    /** Format: uuid */
    subscription_id: string;
    tier_name: string;
    tier_version: number;
    /** @enum {string} */
    interval: "month" | "year";
    price_cents: number;
    currency: string;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "pending" | "paused" | "suspended" | "cancelled" | "failed";
    time_zone: string;
    /** Format: date-time */
    current_period_start: string;
    /** Format: date-time */
    current_period_end: string;
    trial_ends_at: string | null;
    /** @description The tier from the end of the period on, where the terms change then. */
    next_tier_name: string | null;
    next_price_cents: number | null;
    next_interval: ("month" | "year") | null;
    cancel_at_period_end: boolean;
    /** Format: date-time */
    started_at: string;
    paused_at: string | null;
    ended_at: string | null;
    end_reason: string | null;
    /** Format: date-time */
    created_at: string;
}
export type ResumeSubscriptionInput = Record<string, never>;
export interface ResumeSubscriptionAnswer {
    /** Format: uuid */
    subscription_id: string;
    tier_name: string;
    tier_version: number;
    /** @enum {string} */
    interval: "month" | "year";
    price_cents: number;
    currency: string;
    /** @enum {string} */
    status: "trialing" | "active" | "past_due" | "pending" | "paused" | "suspended" | "cancelled" | "failed";
    time_zone: string;
    /** Format: date-time */
    current_period_start: string;
    /** Format: date-time */
    current_period_end: string;
    trial_ends_at: string | null;
    /** @description The tier from the end of the period on, where the terms change then. */
    next_tier_name: string | null;
    next_price_cents: number | null;
    next_interval: ("month" | "year") | null;
    cancel_at_period_end: boolean;
    /** Format: date-time */
    started_at: string;
    paused_at: string | null;
    ended_at: string | null;
    end_reason: string | null;
    /** Format: date-time */
    created_at: string;
}
export interface ListEntitlementsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListEntitlementsAnswer {
    data: {
        feature: string;
        /**
         * @description unknown: the tier does not name it.
         * @enum {string}
         */
        kind: "boolean" | "static" | "metered" | "unknown";
        allowed: boolean;
        /** @description null: none. */
        limit: number | null;
        /** @description In the present billing period; null where only the host knows. */
        used: number | null;
        remaining: number | null;
        /** @description Whether use beyond the limit is let in, and paid. */
        overage: boolean;
        resets_at: string | null;
    }[];
    next_cursor: string | null;
}
export interface GetEntitlementInput {
    /** @example episodes_per_month */
    feature: string;
    /** @description How much more is wanted; 1 where it is left out. */
    quantity?: number;
    /** @description How many there are, for a static feature: only the host knows that. */
    used?: number;
}
export interface GetEntitlementAnswer {
    feature: string;
    /**
     * @description unknown: the tier does not name it.
     * @enum {string}
     */
    kind: "boolean" | "static" | "metered" | "unknown";
    allowed: boolean;
    /** @description null: none. */
    limit: number | null;
    /** @description In the present billing period; null where only the host knows. */
    used: number | null;
    remaining: number | null;
    /** @description Whether use beyond the limit is let in, and paid. */
    overage: boolean;
    resets_at: string | null;
}
export interface RecordFeatureUsageInput {
    /** @example episodes_per_month */
    feature: string;
    quantity: number;
    request_id: string;
    /**
     * Format: date-time
     * @description Now where it is left out. At most 5 minutes ahead and 35 days ago.
     */
    occurred_at?: string;
}
export interface RecordFeatureUsageAnswer {
    /** Format: uuid */
    feature_usage_id: string;
    feature: string;
    /**
     * Format: uuid
     * @description The billing period that it counts in.
     */
    period_id: string;
    quantity: number;
    /** @description How much of it lay beyond the limit, and is paid. */
    overage_quantity: number;
    request_id: string;
    /** Format: date-time */
    occurred_at: string;
    /** @description null: none. */
    limit: number | null;
    /** @description In the present billing period; null where only the host knows. */
    used: number | null;
    remaining: number | null;
    /** @description Whether use beyond the limit is let in, and paid. */
    overage: boolean;
}
export interface PurchaseAiTokensInput {
    tokens_to_purchase: number;
    transaction_id?: string;
    /** @description A payment_method_id, or the provider's own name; the default method where it is left out. */
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
export type GetAutoTopUpInput = Record<string, never>;
export interface GetAutoTopUpAnswer {
    threshold_tokens: number;
    tokens_to_purchase: number;
    monthly_ceiling_cents: number;
    enabled: boolean;
    currency: string;
    /** @description By top-ups that began between month_starts_at and month_ends_at, paid or being paid. */
    spent_cents: number;
    /**
     * Format: date-time
     * @description The calendar month of the billing details' time_zone.
     */
    month_starts_at: string;
    /** Format: date-time */
    month_ends_at: string;
    /** @description Whether one is being paid. */
    pending: boolean;
    last_attempt_at: string | null;
    last_failure: {
        code: string;
        reason: string;
        /** Format: date-time */
        at: string;
    } | null;
    /** @description Why nothing is bought for now. */
    paused_reason: ("ceiling_reached" | "spend_cap_reached" | "payment_declined" | "declined_three_times" | "payment_method_missing" | "payments_unavailable" | "purchase_refused") | null;
    /** @description null with a reason: until the settings or the default payment method change. */
    paused_until: string | null;
    /** Format: date-time */
    updated_at: string;
}
export interface PutAutoTopUpInput {
    threshold_tokens: number;
    tokens_to_purchase: number;
    monthly_ceiling_cents: number;
    /** @default true */
    enabled?: boolean;
}
export interface PutAutoTopUpAnswer {
    threshold_tokens: number;
    tokens_to_purchase: number;
    monthly_ceiling_cents: number;
    enabled: boolean;
    currency: string;
    /** @description By top-ups that began between month_starts_at and month_ends_at, paid or being paid. */
    spent_cents: number;
    /**
     * Format: date-time
     * @description The calendar month of the billing details' time_zone.
     */
    month_starts_at: string;
    /** Format: date-time */
    month_ends_at: string;
    /** @description Whether one is being paid. */
    pending: boolean;
    last_attempt_at: string | null;
    last_failure: {
        code: string;
        reason: string;
        /** Format: date-time */
        at: string;
    } | null;
    /** @description Why nothing is bought for now. */
    paused_reason: ("ceiling_reached" | "spend_cap_reached" | "payment_declined" | "declined_three_times" | "payment_method_missing" | "payments_unavailable" | "purchase_refused") | null;
    /** @description null with a reason: until the settings or the default payment method change. */
    paused_until: string | null;
    /** Format: date-time */
    updated_at: string;
}
export type DeleteAutoTopUpInput = Record<string, never>;
export type DeleteAutoTopUpAnswer = null;
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
export interface CorrectApiUsageEventInput {
    /** @description Of the event. */
    id: string;
    /**
     * @description Of a CloudEvent; plain events have none.
     * @default tallystick
     */
    source?: string;
    /** @enum {string} */
    action: "void" | "amend";
    /** @description What an amended event counts with. */
    status_code?: number;
    reason: string;
}
export interface CorrectApiUsageEventAnswer {
    /** Format: uuid */
    correction_id: string;
    id: string;
    source: string;
    /** @description Of the corrections of this event, from 1 on; the last counts. */
    sequence: number;
    /** @enum {string} */
    action: "void" | "amend";
    /** @description Null where it did not count before. */
    status_code_before: number | null;
    /** @description Null where it does not count any more. */
    status_code_after: number | null;
    reason: string;
    /** Format: date-time */
    occurred_at: string;
    endpoint: string;
    method: string;
    api_key_id: string | null;
    response_time_ms: number;
    /** @description The key that corrected it, or null for a user. */
    corrected_by_api_key_id: string | null;
    corrected_by_user_id: string | null;
    /** Format: date-time */
    created_at: string;
    /**
     * Format: uuid
     * @description The billing period that the event counts in.
     */
    period_id: string;
    /** @description The billing period with whose bill it was taken into account: its own, or the one that was closed next. Null until then. */
    billed_period_id: string | null;
}
export interface ListApiUsageCorrectionsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListApiUsageCorrectionsAnswer {
    data: {
        /** Format: uuid */
        correction_id: string;
        id: string;
        source: string;
        /** @description Of the corrections of this event, from 1 on; the last counts. */
        sequence: number;
        /** @enum {string} */
        action: "void" | "amend";
        /** @description Null where it did not count before. */
        status_code_before: number | null;
        /** @description Null where it does not count any more. */
        status_code_after: number | null;
        reason: string;
        /** Format: date-time */
        occurred_at: string;
        endpoint: string;
        method: string;
        api_key_id: string | null;
        response_time_ms: number;
        /** @description The key that corrected it, or null for a user. */
        corrected_by_api_key_id: string | null;
        corrected_by_user_id: string | null;
        /** Format: date-time */
        created_at: string;
        /**
         * Format: uuid
         * @description The billing period that the event counts in.
         */
        period_id: string;
        /** @description The billing period with whose bill it was taken into account: its own, or the one that was closed next. Null until then. */
        billed_period_id: string | null;
    }[];
    next_cursor: string | null;
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
    type?: "token_purchase" | "token_grant" | "token_expiry" | "refund" | "invoice" | "invoice_payment" | "invoice_refund" | "invoice_void" | "write_off" | "revenue_recognition" | "customer_credit" | "dispute";
    /** @enum {string} */
    status?: "pending" | "settled" | "failed";
}
export interface ListTransactionsAnswer {
    data: {
        /** Format: uuid */
        transaction_id: string;
        /** @enum {string} */
        type: "token_purchase" | "token_grant" | "token_expiry" | "refund" | "invoice" | "invoice_payment" | "invoice_refund" | "invoice_void" | "write_off" | "revenue_recognition" | "customer_credit" | "dispute";
        /** @enum {string} */
        status: "pending" | "settled" | "failed";
        amount_cents: number;
        currency: string;
        tokens: number;
        /** @description tokens_remaining after it, once it is settled. */
        balance_after: number | null;
        external_transaction_id: string | null;
        reverses_transaction_id: string | null;
        invoice_id: string | null;
        provider: string | null;
        payment_method: string | null;
        price_version: string | null;
        reason: string | null;
        failure_code: string | null;
        failure_reason: string | null;
        /** @description Where the owner of the card confirms it. */
        action_url: string | null;
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
export interface ListInvoicesInput {
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
    status?: "draft" | "finalized" | "paid" | "void" | "uncollectible";
}
export interface ListInvoicesAnswer {
    data: {
        /** Format: uuid */
        invoice_id: string;
        /** @description Given shortly after it is finalized, without gaps. */
        number: string | null;
        /** @enum {string} */
        kind: "invoice" | "credit_note";
        /** @enum {string} */
        reason: "subscription_start" | "subscription_change" | "subscription_cycle" | "usage" | "refund" | "manual";
        /** @enum {string} */
        status: "draft" | "finalized" | "paid" | "void" | "uncollectible";
        subscription_id: string | null;
        currency: string;
        /** Format: date-time */
        period_start: string;
        /** Format: date-time */
        period_end: string;
        subtotal_cents: number;
        discount_cents: number;
        /** @enum {string} */
        tax_behavior: "exclusive" | "inclusive";
        tax_cents: number;
        /** @description Below zero it became customer credit. */
        total_cents: number;
        credit_applied_cents: number;
        amount_due_cents: number;
        /** @description Without what was lost to a dispute. */
        amount_paid_cents: number;
        amount_refunded_cents: number;
        payment_attempts: number;
        next_payment_at: string | null;
        last_payment_error: string | null;
        /** @description Of the dispute of its payment that is open, or else of the last that ended. What is lost is owed again: the invoice is uncollectible until it is paid. */
        dispute_status: ("needs_response" | "under_review" | "won" | "lost") | null;
        /** @description Seller and buyer as they were when it was finalized. */
        details: {
            seller: {
                name: string;
                email: string | null;
                address: string[];
                country: string | null;
                tax_id: string | null;
            };
            buyer: {
                name: string;
                email: string | null;
                address: string[];
                country: string | null;
                tax_id: string | null;
            };
            time_zone: string;
            notes: string[];
            discounts: {
                /** Format: uuid */
                coupon_redemption_id: string;
                code: string;
                discount_cents: number;
            }[];
        } | null;
        corrects_invoice_id: string | null;
        /** Format: date-time */
        created_at: string;
        finalized_at: string | null;
        due_at: string | null;
        paid_at: string | null;
        ended_at: string | null;
        lines: {
            line_no: number;
            /** @enum {string} */
            kind: "subscription" | "proration" | "api_calls" | "feature" | "token_shortfall" | "adjustment" | "manual" | "refund";
            description: string;
            /** @description Below zero where an adjustment takes usage back. */
            quantity: number;
            amount_cents: number;
            discount_cents: number;
            tax_rate_percent: string;
            tax_name: string | null;
            tax_cents: number;
            /** Format: date-time */
            starts_at: string;
            /** Format: date-time */
            ends_at: string;
            /** @description How the amount came about: prices, versions, steps. */
            explanation: {
                [key: string]: unknown;
            };
        }[];
    }[];
    next_cursor: string | null;
}
export interface GetInvoiceInput {
    /** Format: uuid */
    invoice_id: string;
}
export interface GetInvoiceAnswer {
    /** Format: uuid */
    invoice_id: string;
    /** @description Given shortly after it is finalized, without gaps. */
    number: string | null;
    /** @enum {string} */
    kind: "invoice" | "credit_note";
    /** @enum {string} */
    reason: "subscription_start" | "subscription_change" | "subscription_cycle" | "usage" | "refund" | "manual";
    /** @enum {string} */
    status: "draft" | "finalized" | "paid" | "void" | "uncollectible";
    subscription_id: string | null;
    currency: string;
    /** Format: date-time */
    period_start: string;
    /** Format: date-time */
    period_end: string;
    subtotal_cents: number;
    discount_cents: number;
    /** @enum {string} */
    tax_behavior: "exclusive" | "inclusive";
    tax_cents: number;
    /** @description Below zero it became customer credit. */
    total_cents: number;
    credit_applied_cents: number;
    amount_due_cents: number;
    /** @description Without what was lost to a dispute. */
    amount_paid_cents: number;
    amount_refunded_cents: number;
    payment_attempts: number;
    next_payment_at: string | null;
    last_payment_error: string | null;
    /** @description Of the dispute of its payment that is open, or else of the last that ended. What is lost is owed again: the invoice is uncollectible until it is paid. */
    dispute_status: ("needs_response" | "under_review" | "won" | "lost") | null;
    /** @description Seller and buyer as they were when it was finalized. */
    details: {
        seller: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        buyer: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        time_zone: string;
        notes: string[];
        discounts: {
            /** Format: uuid */
            coupon_redemption_id: string;
            code: string;
            discount_cents: number;
        }[];
    } | null;
    corrects_invoice_id: string | null;
    /** Format: date-time */
    created_at: string;
    finalized_at: string | null;
    due_at: string | null;
    paid_at: string | null;
    ended_at: string | null;
    lines: {
        line_no: number;
        /** @enum {string} */
        kind: "subscription" | "proration" | "api_calls" | "feature" | "token_shortfall" | "adjustment" | "manual" | "refund";
        description: string;
        /** @description Below zero where an adjustment takes usage back. */
        quantity: number;
        amount_cents: number;
        discount_cents: number;
        tax_rate_percent: string;
        tax_name: string | null;
        tax_cents: number;
        /** Format: date-time */
        starts_at: string;
        /** Format: date-time */
        ends_at: string;
        /** @description How the amount came about: prices, versions, steps. */
        explanation: {
            [key: string]: unknown;
        };
    }[];
}
export interface FinalizeInvoiceInput {
    /** Format: uuid */
    invoice_id: string;
}
export interface FinalizeInvoiceAnswer {
    /** Format: uuid */
    invoice_id: string;
    /** @description Given shortly after it is finalized, without gaps. */
    number: string | null;
    /** @enum {string} */
    kind: "invoice" | "credit_note";
    /** @enum {string} */
    reason: "subscription_start" | "subscription_change" | "subscription_cycle" | "usage" | "refund" | "manual";
    /** @enum {string} */
    status: "draft" | "finalized" | "paid" | "void" | "uncollectible";
    subscription_id: string | null;
    currency: string;
    /** Format: date-time */
    period_start: string;
    /** Format: date-time */
    period_end: string;
    subtotal_cents: number;
    discount_cents: number;
    /** @enum {string} */
    tax_behavior: "exclusive" | "inclusive";
    tax_cents: number;
    /** @description Below zero it became customer credit. */
    total_cents: number;
    credit_applied_cents: number;
    amount_due_cents: number;
    /** @description Without what was lost to a dispute. */
    amount_paid_cents: number;
    amount_refunded_cents: number;
    payment_attempts: number;
    next_payment_at: string | null;
    last_payment_error: string | null;
    /** @description Of the dispute of its payment that is open, or else of the last that ended. What is lost is owed again: the invoice is uncollectible until it is paid. */
    dispute_status: ("needs_response" | "under_review" | "won" | "lost") | null;
    /** @description Seller and buyer as they were when it was finalized. */
    details: {
        seller: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        buyer: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        time_zone: string;
        notes: string[];
        discounts: {
            /** Format: uuid */
            coupon_redemption_id: string;
            code: string;
            discount_cents: number;
        }[];
    } | null;
    corrects_invoice_id: string | null;
    /** Format: date-time */
    created_at: string;
    finalized_at: string | null;
    due_at: string | null;
    paid_at: string | null;
    ended_at: string | null;
    lines: {
        line_no: number;
        /** @enum {string} */
        kind: "subscription" | "proration" | "api_calls" | "feature" | "token_shortfall" | "adjustment" | "manual" | "refund";
        description: string;
        /** @description Below zero where an adjustment takes usage back. */
        quantity: number;
        amount_cents: number;
        discount_cents: number;
        tax_rate_percent: string;
        tax_name: string | null;
        tax_cents: number;
        /** Format: date-time */
        starts_at: string;
        /** Format: date-time */
        ends_at: string;
        /** @description How the amount came about: prices, versions, steps. */
        explanation: {
            [key: string]: unknown;
        };
    }[];
}
export interface PayInvoiceInput {
    /** Format: uuid */
    invoice_id: string;
    payment_method?: string;
    transaction_id?: string;
}
export interface PayInvoiceAnswer {
    /** Format: uuid */
    invoice_id: string;
    /** @description Given shortly after it is finalized, without gaps. */
    number: string | null;
    /** @enum {string} */
    kind: "invoice" | "credit_note";
    /** @enum {string} */
    reason: "subscription_start" | "subscription_change" | "subscription_cycle" | "usage" | "refund" | "manual";
    /** @enum {string} */
    status: "draft" | "finalized" | "paid" | "void" | "uncollectible";
    subscription_id: string | null;
    currency: string;
    /** Format: date-time */
    period_start: string;
    /** Format: date-time */
    period_end: string;
    subtotal_cents: number;
    discount_cents: number;
    /** @enum {string} */
    tax_behavior: "exclusive" | "inclusive";
    tax_cents: number;
    /** @description Below zero it became customer credit. */
    total_cents: number;
    credit_applied_cents: number;
    amount_due_cents: number;
    /** @description Without what was lost to a dispute. */
    amount_paid_cents: number;
    amount_refunded_cents: number;
    payment_attempts: number;
    next_payment_at: string | null;
    last_payment_error: string | null;
    /** @description Of the dispute of its payment that is open, or else of the last that ended. What is lost is owed again: the invoice is uncollectible until it is paid. */
    dispute_status: ("needs_response" | "under_review" | "won" | "lost") | null;
    /** @description Seller and buyer as they were when it was finalized. */
    details: {
        seller: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        buyer: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        time_zone: string;
        notes: string[];
        discounts: {
            /** Format: uuid */
            coupon_redemption_id: string;
            code: string;
            discount_cents: number;
        }[];
    } | null;
    corrects_invoice_id: string | null;
    /** Format: date-time */
    created_at: string;
    finalized_at: string | null;
    due_at: string | null;
    paid_at: string | null;
    ended_at: string | null;
    lines: {
        line_no: number;
        /** @enum {string} */
        kind: "subscription" | "proration" | "api_calls" | "feature" | "token_shortfall" | "adjustment" | "manual" | "refund";
        description: string;
        /** @description Below zero where an adjustment takes usage back. */
        quantity: number;
        amount_cents: number;
        discount_cents: number;
        tax_rate_percent: string;
        tax_name: string | null;
        tax_cents: number;
        /** Format: date-time */
        starts_at: string;
        /** Format: date-time */
        ends_at: string;
        /** @description How the amount came about: prices, versions, steps. */
        explanation: {
            [key: string]: unknown;
        };
    }[];
}
export interface VoidInvoiceInput {
    /** Format: uuid */
    invoice_id: string;
}
export interface VoidInvoiceAnswer {
    /** Format: uuid */
    invoice_id: string;
    /** @description Given shortly after it is finalized, without gaps. */
    number: string | null;
    /** @enum {string} */
    kind: "invoice" | "credit_note";
    /** @enum {string} */
    reason: "subscription_start" | "subscription_change" | "subscription_cycle" | "usage" | "refund" | "manual";
    /** @enum {string} */
    status: "draft" | "finalized" | "paid" | "void" | "uncollectible";
    subscription_id: string | null;
    currency: string;
    /** Format: date-time */
    period_start: string;
    /** Format: date-time */
    period_end: string;
    subtotal_cents: number;
    discount_cents: number;
    /** @enum {string} */
    tax_behavior: "exclusive" | "inclusive";
    tax_cents: number;
    /** @description Below zero it became customer credit. */
    total_cents: number;
    credit_applied_cents: number;
    amount_due_cents: number;
    /** @description Without what was lost to a dispute. */
    amount_paid_cents: number;
    amount_refunded_cents: number;
    payment_attempts: number;
    next_payment_at: string | null;
    last_payment_error: string | null;
    /** @description Of the dispute of its payment that is open, or else of the last that ended. What is lost is owed again: the invoice is uncollectible until it is paid. */
    dispute_status: ("needs_response" | "under_review" | "won" | "lost") | null;
    /** @description Seller and buyer as they were when it was finalized. */
    details: {
        seller: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        buyer: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        time_zone: string;
        notes: string[];
        discounts: {
            /** Format: uuid */
            coupon_redemption_id: string;
            code: string;
            discount_cents: number;
        }[];
    } | null;
    corrects_invoice_id: string | null;
    /** Format: date-time */
    created_at: string;
    finalized_at: string | null;
    due_at: string | null;
    paid_at: string | null;
    ended_at: string | null;
    lines: {
        line_no: number;
        /** @enum {string} */
        kind: "subscription" | "proration" | "api_calls" | "feature" | "token_shortfall" | "adjustment" | "manual" | "refund";
        description: string;
        /** @description Below zero where an adjustment takes usage back. */
        quantity: number;
        amount_cents: number;
        discount_cents: number;
        tax_rate_percent: string;
        tax_name: string | null;
        tax_cents: number;
        /** Format: date-time */
        starts_at: string;
        /** Format: date-time */
        ends_at: string;
        /** @description How the amount came about: prices, versions, steps. */
        explanation: {
            [key: string]: unknown;
        };
    }[];
}
export interface WriteOffInvoiceInput {
    /** Format: uuid */
    invoice_id: string;
}
export interface WriteOffInvoiceAnswer {
    /** Format: uuid */
    invoice_id: string;
    /** @description Given shortly after it is finalized, without gaps. */
    number: string | null;
    /** @enum {string} */
    kind: "invoice" | "credit_note";
    /** @enum {string} */
    reason: "subscription_start" | "subscription_change" | "subscription_cycle" | "usage" | "refund" | "manual";
    /** @enum {string} */
    status: "draft" | "finalized" | "paid" | "void" | "uncollectible";
    subscription_id: string | null;
    currency: string;
    /** Format: date-time */
    period_start: string;
    /** Format: date-time */
    period_end: string;
    subtotal_cents: number;
    discount_cents: number;
    /** @enum {string} */
    tax_behavior: "exclusive" | "inclusive";
    tax_cents: number;
    /** @description Below zero it became customer credit. */
    total_cents: number;
    credit_applied_cents: number;
    amount_due_cents: number;
    /** @description Without what was lost to a dispute. */
    amount_paid_cents: number;
    amount_refunded_cents: number;
    payment_attempts: number;
    next_payment_at: string | null;
    last_payment_error: string | null;
    /** @description Of the dispute of its payment that is open, or else of the last that ended. What is lost is owed again: the invoice is uncollectible until it is paid. */
    dispute_status: ("needs_response" | "under_review" | "won" | "lost") | null;
    /** @description Seller and buyer as they were when it was finalized. */
    details: {
        seller: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        buyer: {
            name: string;
            email: string | null;
            address: string[];
            country: string | null;
            tax_id: string | null;
        };
        time_zone: string;
        notes: string[];
        discounts: {
            /** Format: uuid */
            coupon_redemption_id: string;
            code: string;
            discount_cents: number;
        }[];
    } | null;
    corrects_invoice_id: string | null;
    /** Format: date-time */
    created_at: string;
    finalized_at: string | null;
    due_at: string | null;
    paid_at: string | null;
    ended_at: string | null;
    lines: {
        line_no: number;
        /** @enum {string} */
        kind: "subscription" | "proration" | "api_calls" | "feature" | "token_shortfall" | "adjustment" | "manual" | "refund";
        description: string;
        /** @description Below zero where an adjustment takes usage back. */
        quantity: number;
        amount_cents: number;
        discount_cents: number;
        tax_rate_percent: string;
        tax_name: string | null;
        tax_cents: number;
        /** Format: date-time */
        starts_at: string;
        /** Format: date-time */
        ends_at: string;
        /** @description How the amount came about: prices, versions, steps. */
        explanation: {
            [key: string]: unknown;
        };
    }[];
}
export type StartBillingRunInput = Record<string, never>;
export interface StartBillingRunAnswer {
    /** Format: uuid */
    billing_run_id: string;
    /** @enum {string} */
    status: "running" | "done";
    /** @description Tenants that had something due when it started. */
    tenants_total: number;
    tenants_done: number;
    /** @description What failed is tried again, after the run has ended too. */
    tenants_failed: number;
    /** @description Invoices that were finalized while it was under way. */
    invoices_made: number;
    /** @description What they come to, by currency. */
    total_cents: {
        [key: string]: number;
    };
    /** Format: date-time */
    started_at: string;
    ended_at: string | null;
}
export interface ListBillingRunsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListBillingRunsAnswer {
    data: {
        /** Format: uuid */
        billing_run_id: string;
        /** @enum {string} */
        status: "running" | "done";
        /** @description Tenants that had something due when it started. */
        tenants_total: number;
        tenants_done: number;
        /** @description What failed is tried again, after the run has ended too. */
        tenants_failed: number;
        /** @description Invoices that were finalized while it was under way. */
        invoices_made: number;
        /** @description What they come to, by currency. */
        total_cents: {
            [key: string]: number;
        };
        /** Format: date-time */
        started_at: string;
        ended_at: string | null;
    }[];
    next_cursor: string | null;
}
export interface GetBillingRunInput {
    /** Format: uuid */
    billing_run_id: string;
}
export interface GetBillingRunAnswer {
    /** Format: uuid */
    billing_run_id: string;
    /** @enum {string} */
    status: "running" | "done";
    /** @description Tenants that had something due when it started. */
    tenants_total: number;
    tenants_done: number;
    /** @description What failed is tried again, after the run has ended too. */
    tenants_failed: number;
    /** @description Invoices that were finalized while it was under way. */
    invoices_made: number;
    /** @description What they come to, by currency. */
    total_cents: {
        [key: string]: number;
    };
    /** Format: date-time */
    started_at: string;
    ended_at: string | null;
}
export type GetSpendCapInput = Record<string, never>;
export interface GetSpendCapAnswer {
    /** Format: date-time */
    period_starts_at: string;
    /** Format: date-time */
    period_ends_at: string;
    currency: string;
    /** @description In the present billing period, without tax: the sum of the others. */
    spent_cents: number;
    /** @description Tokens bought, auto top-ups among them, paid or being paid, less what of them was paid back. */
    token_purchases_cents: number;
    /** @description Calls so far beyond the included ones. */
    api_calls_cents: number;
    /** @description Metered features so far beyond their limits. */
    features_cents: number;
    caps: {
        /** @enum {string} */
        set_by: "tenant" | "operator";
        limit_cents: number;
        /** @enum {string} */
        action: "notify" | "block";
        /** @description When it was first seen to be reached in this period. */
        reached_at: string | null;
        /** Format: date-time */
        updated_at: string;
    }[];
}
export interface PutSpendCapInput {
    limit_cents: number;
    /** @enum {string} */
    action: "notify" | "block";
}
export interface PutSpendCapAnswer {
    /** Format: date-time */
    period_starts_at: string;
    /** Format: date-time */
    period_ends_at: string;
    currency: string;
    /** @description In the present billing period, without tax: the sum of the others. */
    spent_cents: number;
    /** @description Tokens bought, auto top-ups among them, paid or being paid, less what of them was paid back. */
    token_purchases_cents: number;
    /** @description Calls so far beyond the included ones. */
    api_calls_cents: number;
    /** @description Metered features so far beyond their limits. */
    features_cents: number;
    caps: {
        /** @enum {string} */
        set_by: "tenant" | "operator";
        limit_cents: number;
        /** @enum {string} */
        action: "notify" | "block";
        /** @description When it was first seen to be reached in this period. */
        reached_at: string | null;
        /** Format: date-time */
        updated_at: string;
    }[];
}
export type DeleteSpendCapInput = Record<string, never>;
export type DeleteSpendCapAnswer = null;
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
export interface SavePaymentMethodInput {
    token: string;
    make_default?: boolean;
}
export interface SavePaymentMethodAnswer {
    /** Format: uuid */
    payment_method_id: string;
    provider: string;
    brand: string;
    last4: string | null;
    expires_month: number | null;
    expires_year: number | null;
    /** @description Charged where nobody names another. */
    is_default: boolean;
    /** Format: date-time */
    created_at: string;
}
export interface ListPaymentMethodsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListPaymentMethodsAnswer {
    data: {
        /** Format: uuid */
        payment_method_id: string;
        provider: string;
        brand: string;
        last4: string | null;
        expires_month: number | null;
        expires_year: number | null;
        /** @description Charged where nobody names another. */
        is_default: boolean;
        /** Format: date-time */
        created_at: string;
    }[];
    next_cursor: string | null;
}
export interface RemovePaymentMethodInput {
    /** Format: uuid */
    payment_method_id: string;
}
export type RemovePaymentMethodAnswer = null;
export interface MakeDefaultPaymentMethodInput {
    /** Format: uuid */
    payment_method_id: string;
}
export interface MakeDefaultPaymentMethodAnswer {
    /** Format: uuid */
    payment_method_id: string;
    provider: string;
    brand: string;
    last4: string | null;
    expires_month: number | null;
    expires_year: number | null;
    /** @description Charged where nobody names another. */
    is_default: boolean;
    /** Format: date-time */
    created_at: string;
}
export interface OpenCheckoutInput {
    /** @enum {string} */
    purpose: "setup" | "token_purchase";
    tokens_to_purchase?: number;
    /** Format: uri */
    success_url: string;
    /** Format: uri */
    cancel_url: string;
}
export interface OpenCheckoutAnswer {
    /** Format: uuid */
    checkout_id: string;
    checkout_url: string;
    /** @enum {string} */
    purpose: "setup" | "token_purchase";
    /** @description The purchase, which waits for the page. */
    transaction_id: string | null;
    amount_cents: number | null;
    currency: string;
    /** Format: date-time */
    expires_at: string;
}
export interface ConfirmInSandboxInput {
    /** Format: uuid */
    transaction_id: string;
    /**
     * @description pay where it is left out.
     * @enum {string}
     */
    choice?: "pay" | "decline";
}
export interface ConfirmInSandboxAnswer {
    /** Format: uuid */
    transaction_id: string;
    /** @enum {string} */
    status: "settled" | "failed";
    external_transaction_id: string | null;
    failure_code: string | null;
}
export interface ListDisputesInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /** @enum {string} */
    status?: "needs_response" | "under_review" | "won" | "lost";
}
export interface ListDisputesAnswer {
    data: {
        /** Format: uuid */
        dispute_id: string;
        /**
         * Format: uuid
         * @description The payment.
         */
        transaction_id: string;
        /** @description What takes it back; pending until it ends. */
        reversal_transaction_id: string | null;
        provider: string;
        external_id: string;
        amount_cents: number;
        /** @description What tokens that nobody used stand for; held while it is open. */
        secured_cents: number;
        currency: string;
        /** @enum {string} */
        status: "needs_response" | "under_review" | "won" | "lost";
        reason: string;
        /** Format: date-time */
        opened_at: string;
        closed_at: string | null;
    }[];
    next_cursor: string | null;
}
export interface ListEmailsInput {
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
    kind?: "invoice_issued" | "payment_received" | "payment_declined" | "payment_needs_confirmation" | "subscription_suspended" | "subscription_recovered" | "trial_ending" | "subscription_cancelled" | "refund_issued";
    /** @enum {string} */
    status?: "queued" | "sent" | "failed" | "kept";
}
export interface ListEmailsAnswer {
    data: {
        /** Format: uuid */
        email_id: string;
        /** @enum {string} */
        kind: "invoice_issued" | "payment_received" | "payment_declined" | "payment_needs_confirmation" | "subscription_suspended" | "subscription_recovered" | "trial_ending" | "subscription_cancelled" | "refund_issued";
        /**
         * @description queued until the mail server has taken it (sent) or never did (failed); kept where there is none.
         * @enum {string}
         */
        status: "queued" | "sent" | "failed" | "kept";
        to_address: string;
        subject: string;
        /** @description The invoice or credit note whose PDF goes along. */
        invoice_id: string | null;
        attempts: number;
        /** @description Why the last attempt failed, in the words of the mail server. */
        last_error: string | null;
        from_name: string | null;
        /** @description Null until it is composed. */
        from_address: string | null;
        /** Format: date-time */
        created_at: string;
        sent_at: string | null;
    }[];
    next_cursor: string | null;
}
export interface GetEmailInput {
    /** Format: uuid */
    email_id: string;
}
export interface GetEmailAnswer {
    /** Format: uuid */
    email_id: string;
    /** @enum {string} */
    kind: "invoice_issued" | "payment_received" | "payment_declined" | "payment_needs_confirmation" | "subscription_suspended" | "subscription_recovered" | "trial_ending" | "subscription_cancelled" | "refund_issued";
    /**
     * @description queued until the mail server has taken it (sent) or never did (failed); kept where there is none.
     * @enum {string}
     */
    status: "queued" | "sent" | "failed" | "kept";
    to_address: string;
    subject: string;
    /** @description The invoice or credit note whose PDF goes along. */
    invoice_id: string | null;
    attempts: number;
    /** @description Why the last attempt failed, in the words of the mail server. */
    last_error: string | null;
    from_name: string | null;
    /** @description Null until it is composed. */
    from_address: string | null;
    /** Format: date-time */
    created_at: string;
    sent_at: string | null;
    text: string;
    /** @description A whole document without scripts. Show it in a sandboxed frame. */
    html: string;
}
export interface ResendEmailInput {
    /** Format: uuid */
    email_id: string;
}
export interface ResendEmailAnswer {
    /** Format: uuid */
    email_id: string;
    /** @enum {string} */
    kind: "invoice_issued" | "payment_received" | "payment_declined" | "payment_needs_confirmation" | "subscription_suspended" | "subscription_recovered" | "trial_ending" | "subscription_cancelled" | "refund_issued";
    /**
     * @description queued until the mail server has taken it (sent) or never did (failed); kept where there is none.
     * @enum {string}
     */
    status: "queued" | "sent" | "failed" | "kept";
    to_address: string;
    subject: string;
    /** @description The invoice or credit note whose PDF goes along. */
    invoice_id: string | null;
    attempts: number;
    /** @description Why the last attempt failed, in the words of the mail server. */
    last_error: string | null;
    from_name: string | null;
    /** @description Null until it is composed. */
    from_address: string | null;
    /** Format: date-time */
    created_at: string;
    sent_at: string | null;
}
export interface ListAccountsInput {
    /** Format: date-time */
    at?: string;
}
export interface ListAccountsAnswer {
    /** Format: date-time */
    at: string;
    accounts: {
        /** @enum {string} */
        account: "cash" | "receivable" | "written_off" | "deferred_revenue" | "deferred_fees" | "recognised_revenue" | "breakage_revenue" | "tax_payable" | "customer_credit" | "tokens_issued" | "tokens_available" | "tokens_consumed" | "tokens_shortfall" | "tokens_expired" | "tokens_refunded";
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
    account: "cash" | "receivable" | "written_off" | "deferred_revenue" | "deferred_fees" | "recognised_revenue" | "breakage_revenue" | "tax_payable" | "customer_credit" | "tokens_issued" | "tokens_available" | "tokens_consumed" | "tokens_shortfall" | "tokens_expired" | "tokens_refunded";
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
export interface GetRevenueInput {
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
    /**
     * @description sales: the books of all tenants that the tenant sells to. own: its own book, as a customer.
     * @default sales
     * @enum {string}
     */
    of?: "sales" | "own";
}
export interface GetRevenueAnswer {
    /** @enum {string} */
    of: "sales" | "own";
    months: {
        /**
         * @description A calendar month in UTC.
         * @example 2026-01
         */
        month: string;
        currency: string;
        /** @enum {string} */
        status: "running" | "open" | "closed";
        /** @description Earned in the month, breakage included. */
        recognised_cents: number;
        breakage_cents: number;
        /** @description recognised_cents by what earned it. */
        by_stream: {
            tokens: number;
            api_calls: number;
            subscriptions: number;
            features: number;
            other: number;
        };
        /** @description Paid or invoiced and not earned yet, at the end. */
        deferred_cents: number;
        receivable_cents: number;
        cash_received_cents: number;
        refunded_cents: number;
        tax_collected_cents: number;
        tax_payable_cents: number;
        customer_credit_cents: number;
        written_off_cents: number;
        accounts: {
            /** @enum {string} */
            account: "cash" | "receivable" | "written_off" | "deferred_revenue" | "deferred_fees" | "recognised_revenue" | "breakage_revenue" | "tax_payable" | "customer_credit";
            opening_cents: number;
            debits_cents: number;
            credits_cents: number;
            closing_cents: number;
        }[];
        identity_holds: boolean;
    }[];
}
export interface ListRevenueMonthsInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
}
export interface ListRevenueMonthsAnswer {
    data: {
        /**
         * @description A calendar month in UTC.
         * @example 2026-01
         */
        month: string;
        /** @enum {string} */
        status: "running" | "open" | "closed";
        entries: number | null;
        checksum: string | null;
        closed_by: string | null;
        closed_at: string | null;
    }[];
    next_cursor: string | null;
}
export interface GetRevenueMonthInput {
    /**
     * @description A calendar month in UTC.
     * @example 2026-01
     */
    month: string;
}
export interface GetRevenueMonthAnswer {
    /**
     * @description A calendar month in UTC.
     * @example 2026-01
     */
    month: string;
    data: {
        /**
         * @description A calendar month in UTC.
         * @example 2026-01
         */
        month: string;
        currency: string;
        accounts: {
            /** @enum {string} */
            account: "cash" | "receivable" | "written_off" | "deferred_revenue" | "deferred_fees" | "recognised_revenue" | "breakage_revenue" | "tax_payable" | "customer_credit" | "tokens_issued" | "tokens_available" | "tokens_consumed" | "tokens_shortfall" | "tokens_expired" | "tokens_refunded";
            opening_cents: number;
            debits_cents: number;
            credits_cents: number;
            closing_cents: number;
        }[];
        by_stream: {
            tokens: number;
            api_calls: number;
            subscriptions: number;
            features: number;
            other: number;
        };
        /** @description How many entries all the books have in the month, in any asset. */
        entries: number;
        /** @description SHA-256 over all those entries. */
        checksum: string;
        closed_by: string;
        /** Format: date-time */
        closed_at: string;
    }[];
}
export interface CloseRevenueMonthInput {
    /**
     * @description A calendar month in UTC.
     * @example 2026-01
     */
    month: string;
}
export interface CloseRevenueMonthAnswer {
    /**
     * @description A calendar month in UTC.
     * @example 2026-01
     */
    month: string;
    data: {
        /**
         * @description A calendar month in UTC.
         * @example 2026-01
         */
        month: string;
        currency: string;
        accounts: {
            /** @enum {string} */
            account: "cash" | "receivable" | "written_off" | "deferred_revenue" | "deferred_fees" | "recognised_revenue" | "breakage_revenue" | "tax_payable" | "customer_credit" | "tokens_issued" | "tokens_available" | "tokens_consumed" | "tokens_shortfall" | "tokens_expired" | "tokens_refunded";
            opening_cents: number;
            debits_cents: number;
            credits_cents: number;
            closing_cents: number;
        }[];
        by_stream: {
            tokens: number;
            api_calls: number;
            subscriptions: number;
            features: number;
            other: number;
        };
        /** @description How many entries all the books have in the month, in any asset. */
        entries: number;
        /** @description SHA-256 over all those entries. */
        checksum: string;
        closed_by: string;
        /** Format: date-time */
        closed_at: string;
    }[];
}
export interface GetRevenueMetricsInput {
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
    /** @description The seller's own, where it is left out. */
    currency?: string;
}
export interface GetRevenueMetricsAnswer {
    currency: string;
    currencies: string[];
    mrr_cents: number;
    arr_cents: number;
    customers: number;
    /** @description Recurring revenue lost with customers that left, of the opening. */
    churn_rate: number | null;
    /** @description Customers that left, of those at the opening. */
    customer_churn_rate: number | null;
    /** @description Net revenue retention: opening + expansion + contraction + churn, of it. */
    nrr: number | null;
    /** @description Gross revenue retention: the same without expansion. */
    grr: number | null;
    recognised_cents: number;
    by_stream: {
        tokens: number;
        api_calls: number;
        subscriptions: number;
        features: number;
        other: number;
    };
    by_month: {
        /**
         * @description A calendar month in UTC.
         * @example 2026-01
         */
        month: string;
        opening_mrr_cents: number;
        new_cents: number;
        reactivation_cents: number;
        expansion_cents: number;
        contraction_cents: number;
        churn_cents: number;
        closing_mrr_cents: number;
        customers_opening: number;
        customers_new: number;
        customers_reactivated: number;
        customers_churned: number;
        customers_closing: number;
        /** @description Recurring revenue lost with customers that left, of the opening. */
        churn_rate: number | null;
        /** @description Customers that left, of those at the opening. */
        customer_churn_rate: number | null;
        /** @description Net revenue retention: opening + expansion + contraction + churn, of it. */
        nrr: number | null;
        /** @description Gross revenue retention: the same without expansion. */
        grr: number | null;
        recognised_cents: number;
        by_stream: {
            tokens: number;
            api_calls: number;
            subscriptions: number;
            features: number;
            other: number;
        };
    }[];
}
export interface ExportLedgerInput {
    /**
     * @description How many to answer at most.
     * @default 50
     */
    limit?: number;
    /** @description next_cursor of the previous page. */
    cursor?: string;
    /**
     * @description A calendar month in UTC.
     * @example 2026-01
     */
    month: string;
    /**
     * @description sales: the books of all tenants that the tenant sells to. own: its own book, as a customer.
     * @default sales
     * @enum {string}
     */
    of?: "sales" | "own";
}
export interface ExportLedgerAnswer {
    data: {
        /** Format: uuid */
        tenant_id: string;
        /** Format: date-time */
        date: string;
        /** Format: date-time */
        booked_at: string;
        book_version: number;
        transaction_id: string | null;
        usage_id: string | null;
        type: string;
        /** @enum {string} */
        debit_account: "cash" | "receivable" | "written_off" | "deferred_revenue" | "deferred_fees" | "recognised_revenue" | "breakage_revenue" | "tax_payable" | "customer_credit" | "tokens_issued" | "tokens_available" | "tokens_consumed" | "tokens_shortfall" | "tokens_expired" | "tokens_refunded";
        /** @enum {string} */
        credit_account: "cash" | "receivable" | "written_off" | "deferred_revenue" | "deferred_fees" | "recognised_revenue" | "breakage_revenue" | "tax_payable" | "customer_credit" | "tokens_issued" | "tokens_available" | "tokens_consumed" | "tokens_shortfall" | "tokens_expired" | "tokens_refunded";
        asset: string;
        amount: number;
        stream: ("tokens" | "api_calls" | "subscriptions" | "features" | "other") | null;
        invoice_number: string | null;
        reason: string | null;
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
  | 'email_sent'
  | 'email_taken'
  | 'entitlement_exceeded'
  | 'event_in_future'
  | 'event_not_correctable'
  | 'event_too_old'
  | 'feature_unknown'
  | 'hold_released'
  | 'hold_settled'
  | 'idempotency_key_invalid'
  | 'idempotency_key_reused'
  | 'internal_error'
  | 'invoice_being_paid'
  | 'invoice_not_draft'
  | 'invoice_not_payable'
  | 'invoice_not_voidable'
  | 'limits_unavailable'
  | 'media_type_unsupported'
  | 'monetization_disabled'
  | 'month_not_over'
  | 'month_not_ready'
  | 'not_found'
  | 'operator_only'
  | 'origin_refused'
  | 'overloaded'
  | 'payment_action_required'
  | 'payment_declined'
  | 'payment_method_missing'
  | 'payment_method_refused'
  | 'payment_methods_too_many'
  | 'payment_not_waiting'
  | 'payments_unavailable'
  | 'price_not_offered'
  | 'price_too_small'
  | 'rate_limit_policies_too_many'
  | 'rate_limited'
  | 'refund_not_possible'
  | 'refund_too_large'
  | 'request_id_reused'
  | 'request_in_flight'
  | 'request_invalid'
  | 'route_not_found'
  | 'sandbox_disabled'
  | 'scope_missing'
  | 'settlement_differs'
  | 'sign_in_limited'
  | 'slug_taken'
  | 'spend_cap_reached'
  | 'subscription_change_pending'
  | 'subscription_exists'
  | 'subscription_missing'
  | 'subscription_not_changeable'
  | 'subscription_unchanged'
  | 'tax_rate_overlaps'
  | 'test_clock_disabled'
  | 'tier_name_taken'
  | 'tier_revised_meanwhile'
  | 'tier_without_children'
  | 'tiers_too_many'
  | 'tokens_insufficient'
  | 'transaction_id_reused'
  | 'transaction_pending'
  | 'trial_used'
  | 'unauthenticated'
  | 'url_malformed'
  | 'users_too_many'
  | 'webhook_refused';

/** When a declined payment is tried again, in days after each attempt. After the last the subscription is suspended. */
export const RETRY_DAYS = [1, 2, 4, 7] as const;

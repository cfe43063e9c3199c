/** Where a message can be, as `turnstile list` calls it. */
export const LIST_STATES = ["running", "waiting", "elsewhere"] as const;
export type ListState = (typeof LIST_STATES)[number];

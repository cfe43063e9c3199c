/**
 * Clocks that are wrong. Machines keep time with others, but nothing promises that a function and the services that it calls
 * have the same. This shifts the time that the code of a function reads, and nothing else: limits, schedules and what
 * services write keep the world's time.
 */

/** How many milliseconds a function's clock is ahead, or behind if negative, by the function's physical name. */
export type ClockOffset = (functionName: string) => number;

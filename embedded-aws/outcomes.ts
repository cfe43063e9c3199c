/**
 * What may become of a call besides that it happens once and is answered: the network and the services of AWS lose calls,
 * repeat them and keep them back. `EmbeddedWorld.onCall` takes an outcome for a call; README.md lists what each stands for.
 */
import type { Clock } from "./clock.ts";
import { CallerCrash } from "./crash.ts";
import { AwsError } from "./service.ts";

/** An outcome. Its two members are independent: the call may happen though its caller is refused. */
export type CallOutcome =
    | {
          /** When the call happens: milliseconds from now, once for each. `[]`: it never happens. @default [0] */
          readonly happens?: readonly number[];
          readonly caller: CallerGets;
      }
    | {
          readonly happens: readonly [number, ...number[]];
          /** Its caller gets the service's answer to the last of `happens`, then. */
          readonly caller?: never;
      };

/**
 * What the caller gets at once, whatever the service says: an error, an answer, its own end, or nothing for ever. A call that
 * happens now, and that the service refuses, fails with the error of the service.
 */
export type CallerGets = AwsError | Readonly<Record<string, unknown>> | "end" | "nothing";

const ONCE = [0];

/** Lets a call come out so. `next` makes the call. Returns or throws what its caller gets. */
export function carryOut(
    { happens = ONCE, caller }: CallOutcome,
    clock: Clock,
    next: () => unknown,
): unknown {
    const last = happens.at(-1);
    for (const millis of happens.slice(0, -1)) unheard(clock, millis, next);
    if (caller === undefined) return heard(clock, last as number, next);
    if (caller instanceof AwsError && last === 0) {
        const answer = next();
        if (answer instanceof Promise) return answer.then(() => Promise.reject(caller));
    } else if (last !== undefined) unheard(clock, last, next);
    if (caller === "end") throw new CallerCrash();
    if (caller === "nothing") return new Promise(() => undefined);
    if (caller instanceof AwsError) throw caller;
    return caller;
}

function heard(clock: Clock, millis: number, next: () => unknown): unknown {
    if (millis === 0) return next();
    return new Promise<void>((resolve) => {
        clock.after(millis, () => resolve());
    }).then(next);
}

/** Makes a call whose answer nobody gets. */
function unheard(clock: Clock, millis: number, next: () => unknown): void {
    const make = (): void => {
        try {
            const answer = next();
            if (answer instanceof Promise) answer.catch(ignoreRefusal);
        } catch (error) {
            ignoreRefusal(error);
        }
    };
    if (millis === 0) make();
    else clock.after(millis, make);
}

function ignoreRefusal(error: unknown): void {
    if (!(error instanceof AwsError)) throw error;
}

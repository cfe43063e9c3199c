/** Compares evaluations of the embedded AWS with those of another engine. */
import { isDeepStrictEqual } from "node:util";
import type { Evaluated } from "../../../embedded-aws/index.ts";
import type { KnownDifference } from "./known-differences.ts";

/** What the other engine makes of an evaluation: a value, or an error's code. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

export interface Difference {
    readonly source: string;
    readonly variables: unknown;
    readonly here: Outcome;
    readonly there: Outcome;
}

export interface Comparison {
    /** Those that are not known. */
    readonly differences: readonly Difference[];
    /** Known differences that none of the evaluations shows. */
    readonly gone: readonly KnownDifference[];
}

export function compare(
    evaluations: readonly Evaluated[],
    outcomes: readonly Outcome[],
    known: readonly KnownDifference[],
): Comparison {
    if (outcomes.length !== evaluations.length) {
        throw new Error(`${evaluations.length} evaluations have ${outcomes.length} outcomes`);
    }
    const all = evaluations.flatMap((evaluated, i) => {
        const here = outcomeOf(evaluated);
        const there = outcomes[i] ?? { error: "no outcome" };
        const { source, variables } = evaluated;
        return isDeepStrictEqual(here, there) ? [] : [{ source, variables, here, there }];
    });
    const differs = (entry: KnownDifference): boolean => all.some(({ source }) => source === entry.source);
    return {
        differences: all.filter(({ source }) => !known.some((entry) => entry.source === source)),
        gone: known.filter((entry) => !differs(entry)),
    };
}

/** Of a failure only the code of JSONata's error is compared: the words are each engine's own. */
function outcomeOf({ value, error }: Evaluated): Outcome {
    if (error === undefined) return { value };
    if (error.includes("returned nothing (undefined)")) return { error: "nothing" };
    return { error: /during evaluation\. ([STDU]\d{4}): /.exec(error)?.[1] ?? error };
}

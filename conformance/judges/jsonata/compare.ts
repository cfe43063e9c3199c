/** Compares evaluations of the embedded AWS with those of another engine. */
import { isDeepStrictEqual } from "node:util";
import type { Evaluated } from "../../../embedded-aws/index.ts";
import type { KnownDifference } from "./known-differences.ts";

/** What the other engine makes of an evaluation: a value, or an error's code. */
export type Outcome = { readonly value: unknown } | { readonly error: string };

export interface Comparison {
    /** Those that are not known, in words. */
    readonly differences: readonly string[];
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
    const shown = new Set<KnownDifference>();
    const differences = evaluations.flatMap((evaluated, i) => {
        const here = outcomeOf(evaluated);
        const there = outcomes[i] ?? { error: "no outcome" };
        if (isDeepStrictEqual(here, there)) return [];
        const entry = known.find(
            ({ source, error }) => source.test(evaluated.source) && "error" in there && there.error === error,
        );
        if (entry) shown.add(entry);
        return entry ? [] : [described(evaluated, here, there)];
    });
    return { differences, gone: known.filter((entry) => !shown.has(entry)) };
}

/** Of a failure only the code of JSONata's error is compared: the words are each engine's own. */
function outcomeOf({ value, error }: Evaluated): Outcome {
    if (error === undefined) return { value };
    if (error.includes("returned nothing (undefined)")) return { error: "nothing" };
    return { error: /during evaluation\. ([STDU]\d{4}): /.exec(error)?.[1] ?? error };
}

function described({ source, variables }: Evaluated, here: Outcome, there: Outcome): string {
    const [mine, theirs, given] = [here, there, variables].map((each) => JSON.stringify(each).slice(0, 300));
    return `${source.slice(0, 300)}: here ${mine}, there ${theirs}, with ${given}`;
}

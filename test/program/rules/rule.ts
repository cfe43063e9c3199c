/**
 * What the services refuse that the provider's declarations do not tell. Much of it (names, ranges, patterns, filters, FIFO
 * and dead-letter queues, sizes of single policies) the embedded AWS refuses when a program is deployed there, in AWS's own
 * words; a rule here is for what it lets pass and AWS would not. Lengths and choices of single inputs are left to AWS's own data, which
 * judges every variation of the program (conformance/judges/).
 */
import type { Recorded } from "../../mocks.ts";

export interface Rule {
    /** The AWS page that says so. */
    readonly page: string;
    /** What is wrong with a resource, each beginning with the input; nothing if it is right. */
    find(resource: Recorded, program: readonly Recorded[]): string[];
}

/** A rule for one input; without a value there is nothing to find. */
export function forInput(
    input: string,
    page: string,
    find: (value: unknown, resource: Recorded, program: readonly Recorded[]) => string | string[] | undefined,
): Rule {
    return {
        page,
        find(resource, program) {
            const value = valueAt(resource.inputs, input);
            if (value === undefined || value === null) return [];
            return [find(value, resource, program) ?? []].flat().map((mistake) => `${input} ${mistake}`);
        },
    };
}

/** A text with so many characters at most. */
export function atMost(input: string, most: number, page: string, pattern = /^[^]*$/): Rule {
    return forInput(input, page, (value) => {
        const text = String(value);
        if (text.length > most) return `has ${text.length} characters; expected at most ${most}`;
        return pattern.test(text) ? undefined : `is ${JSON.stringify(text)}; expected ${String(pattern)}`;
    });
}

export function oneOf(input: string, choices: readonly unknown[], page: string): Rule {
    return forInput(input, page, (value) =>
        choices.includes(value)
            ? undefined
            : `is ${JSON.stringify(value)}; expected one of ${choices.join(", ")}`,
    );
}

/** The value under a path such as `loggingConfig.logFormat`. */
export function valueAt(inputs: unknown, path: string): unknown {
    return path.split(".").reduce<unknown>((value, name) => {
        return typeof value === "object" && value !== null
            ? (value as Record<string, unknown>)[name]
            : undefined;
    }, inputs);
}

/** The resource of a type that was given such an output, such as its ARN. */
export function foundBy(
    program: readonly Recorded[],
    type: string,
    output: string,
    value: unknown,
): Recorded | undefined {
    return program.find((each) => each.type === type && each.outputs[output] === value);
}

/** JSON in an input; undefined if it is none. */
export function parsed(value: unknown): unknown {
    try {
        return JSON.parse(String(value));
    } catch {
        return undefined;
    }
}

/** Who makes a call: the label that faults, the trace and the counts use. */
import type { Call, EmbeddedWorld } from "../embedded-aws/index.ts";
import type { CallerName } from "./scenario.ts";

/** The functions of the stack. */
export const FUNCTIONS = ["starter", "dispatcher", "reaper"] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

export class Callers {
    private readonly byArn = new Map<string, FunctionName>();

    constructor(world: EmbeddedWorld) {
        for (const { type, name, outputs } of world.resources()) {
            if (type !== "aws:lambda/function:Function") continue;
            const role = FUNCTIONS.find((each) => name.endsWith(each));
            if (role) this.byArn.set(String(outputs["arn"]), role);
        }
    }

    /** Undefined for people, and for services that act for themselves. */
    of({ caller }: Pick<Call, "caller">): CallerName | undefined {
        switch (caller.principal) {
            case "states.amazonaws.com":
                return caller.executionArn === undefined ? undefined : "states";
            case "events.amazonaws.com":
                return "events";
            case "lambda.amazonaws.com":
                return this.functionOf(caller.sourceArn ?? "") ?? "mapping";
            default:
                return undefined;
        }
    }

    /** The function with an ARN. */
    functionOf(arn: string): FunctionName | undefined {
        return this.byArn.get(arn);
    }

    /** The ARN of a function. */
    arnOf(name: FunctionName): string {
        for (const [arn, role] of this.byArn) if (role === name) return arn;
        throw new Error(`The stack has no function ${name}.`);
    }
}

/** What a role needs to be allowed for the operations of Lambda (Service Authorization Reference). */
import { onAll, text } from "../../authorization/needs.ts";
import { arnIn } from "../../location.ts";
import type { Needs, NeedsOf } from "../../service.ts";

export const NEEDS: Needs = {
    Invoke: fn("InvokeFunction"),
    GetFunction: fn("GetFunction"),
    GetFunctionConfiguration: fn("GetFunctionConfiguration"),
    ListEventSourceMappings: onAll("lambda:ListEventSourceMappings"),
};

function fn(operation: string): NeedsOf {
    return ({ FunctionName }, world) => {
        const name = text(FunctionName);
        const resource = name.startsWith("arn:") ? name : arnIn(world, "lambda", `function:${name}`);
        return { action: `lambda:${operation}`, resource };
    };
}

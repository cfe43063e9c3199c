/**
 * The message format, checked against its published JSON schema. What passes can start; what does not can never start,
 * and is told why in one sentence.
 */
import { Ajv } from "ajv";
import type { ErrorObject } from "ajv";
import schema from "../../docs/message.schema.json" with { type: "json" };

/** What a message asks for. */
export interface Work {
    readonly arguments: Readonly<Record<string, string>>;
    /** 0 (first) to 9 (last). */
    readonly priority: number;
}

const validate = new Ajv({ allErrors: false, verbose: true }).compile<Partial<Work>>(schema);

const DEFAULT_PRIORITY = 5;

/** Reads a message's body: what it asks for, or why it can never start. */
export function readMessage(body: string): { work: Work } | { problem: string } {
    let parsed: unknown;
    try {
        parsed = JSON.parse(body);
    } catch (error) {
        return {
            problem: `The body is not JSON (${(error as Error).message}). Expected {"arguments": {"--name": "value"}}.`,
        };
    }
    if (!validate(parsed)) return { problem: describe(validate.errors?.[0]) };
    return { work: { arguments: parsed.arguments ?? {}, priority: parsed.priority ?? DEFAULT_PRIORITY } };
}

function describe(error: ErrorObject | undefined): string {
    if (!error) return "The body does not match the message schema.";
    const where =
        error.instancePath === ""
            ? "The body"
            : `The body's ${error.instancePath.slice(1).replaceAll("/", ".")}`;
    if (error.propertyName !== undefined) {
        return `The argument name ${show(error.propertyName)} cannot be used: names begin with --, have letters, digits, _ . and - only, and are not reserved.`;
    }
    const params = error.params as Record<string, unknown>;
    if (error.keyword === "additionalProperties") {
        return `${where} has the unknown member ${show(params["additionalProperty"])}. Expected only "arguments" and "priority".`;
    }
    return `${where} ${error.message ?? "is wrong"}, but it is ${show(error.data)}.`;
}

/** A value, short enough for a message attribute. */
function show(value: unknown): string {
    const text = JSON.stringify(value) ?? "nothing";
    return text.length > 80 ? `${text.slice(0, 77).toWellFormed()}...` : text;
}

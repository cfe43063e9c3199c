/** An event on the bus, and what a target gets of it. */
import { AwsError, UnsupportedError } from "../../service.ts";

/** EventBridge User Guide, "AWS service event metadata"; patterns are matched against this. */
export interface BusEvent {
    readonly version: "0";
    readonly id: string;
    readonly "detail-type": string;
    readonly source: string;
    readonly account: string;
    /** ISO 8601, in whole seconds. */
    readonly time: string;
    readonly region: string;
    readonly resources: readonly string[];
    readonly detail: object;
}

/** What a target gets: at most one of these. Without any it gets the whole event. */
export interface TargetInput {
    readonly input?: string;
    readonly inputPath?: string;
    readonly inputTransformer?: {
        readonly inputPaths?: Readonly<Record<string, string>>;
        readonly inputTemplate: string;
    };
}

/** The rule, as an input transformer may name it. */
interface RuleIdentity {
    readonly arn: string;
    readonly name: string;
}

type Render = (event: BusEvent, rule: RuleIdentity) => string;

/** Compiles what a target gets, as text. Throws what PutTargets would. */
export function compileInput({ input, inputPath, inputTransformer }: TargetInput): Render {
    const given = [input, inputPath, inputTransformer].filter((value) => value !== undefined);
    if (given.length > 1)
        throw invalid("Only one of Input, InputPath, or InputTransformer must be provided for a target.");
    if (input !== undefined) {
        if (!isJson(input)) throw invalid("Invalid Input for target: JSON syntax error.");
        return () => input;
    }
    if (inputPath !== undefined) {
        const read = compilePath(inputPath);
        return (event) => JSON.stringify(read(event)) ?? "null";
    }
    return inputTransformer ? compileTransformer(inputTransformer) : (event) => JSON.stringify(event);
}

/** The subset of JSONPath that EventBridge has: names and positions. */
function compilePath(path: string): (event: BusEvent) => unknown {
    if (!/^\$(\.[\w-]+|\['[^']+'\]|\[\d+\])*$/.test(path)) throw invalid(`InputPath is not valid: ${path}`);
    const steps = [...path.matchAll(/\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]/g)].map(
        (match) => match[1] ?? match[2] ?? match[3] ?? "",
    );
    return (event) => {
        let value: unknown = event;
        for (const step of steps) {
            if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
            value = (value as Record<string, unknown>)[step];
        }
        return value;
    };
}

/**
 * EventBridge User Guide, "Transforming Amazon EventBridge target input": in a JSON template a variable outside of quotes
 * becomes JSON, within quotes its text, which is not escaped; a variable without a value becomes nothing.
 */
function compileTransformer({
    inputPaths = {},
    inputTemplate,
}: NonNullable<TargetInput["inputTransformer"]>): Render {
    const paths = new Map(Object.entries(inputPaths).map(([name, path]) => [name, compilePath(path)]));
    const parts = templateParts(inputTemplate);
    for (const { variable } of parts) {
        if (variable !== undefined && !paths.has(variable) && !variable.startsWith("aws.events.")) {
            throw invalid(
                `InputTemplate for target contains placeholder ${variable} that is not in InputPathsMap.`,
            );
        }
    }
    return (event, rule) =>
        parts
            .map(({ text, variable, quoted }) => {
                if (variable === undefined) return text;
                const value = paths.get(variable)?.(event) ?? reserved(variable, event, rule);
                if (value === undefined) return "";
                if (!quoted) return JSON.stringify(value);
                return typeof value === "string" ? value : JSON.stringify(value);
            })
            .join("");
}

interface TemplatePart {
    readonly text: string;
    readonly variable?: string;
    readonly quoted: boolean;
}

function templateParts(template: string): TemplatePart[] {
    let quoted = false;
    return template.split(/(<[\w.-]+>)/).map((text) => {
        const variable = /^<([\w.-]+)>$/.exec(text)?.[1];
        if (variable !== undefined) return { text, variable, quoted };
        const quotes = text.replace(/\\./g, "").split('"').length - 1;
        if (quotes % 2 === 1) quoted = !quoted;
        return { text, quoted };
    });
}

function reserved(variable: string, event: BusEvent, rule: RuleIdentity): unknown {
    switch (variable) {
        case "aws.events.rule-arn":
            return rule.arn;
        case "aws.events.rule-name":
            return rule.name;
        case "aws.events.event.ingestion-time":
            return event.time;
        case "aws.events.event":
        case "aws.events.event.json":
            return event;
        default:
            if (variable.startsWith("aws.events."))
                throw new UnsupportedError(
                    `The embedded AWS does not support the variable <${variable}> of an input template.`,
                );
            return undefined;
    }
}

function isJson(text: string): boolean {
    try {
        JSON.parse(text);
        return true;
    } catch {
        return false;
    }
}

function invalid(message: string): AwsError {
    return new AwsError("ValidationException", message);
}

/** Functions, the permissions to invoke them, and what feeds them. */
import type { Recorded } from "../../mocks.ts";
import { atMost, forInput, foundBy } from "./rule.ts";
import type { Rule } from "./rule.ts";

const QUOTAS = 'Lambda Developer Guide, "Lambda quotas"';

export const functionRules: readonly Rule[] = [codeIsSmall(), handlerIsInTheCode(), levelsNeedJson()];

/** Unzipped; a request carries 50 MB, zipped, which is less than this only for code that does not shrink. */
function codeIsSmall(): Rule {
    return forInput("code", QUOTAS, (code) => {
        const bytes = Object.values(code as Record<string, { text: string }>).reduce(
            (sum, { text }) => sum + Buffer.byteLength(text),
            0,
        );
        return bytes > 50 * 1024 * 1024
            ? `has ${bytes} bytes; expected at most 50 MB in a request`
            : undefined;
    });
}

function handlerIsInTheCode(): Rule {
    return forInput(
        "handler",
        'Lambda Developer Guide, "Define Lambda function handler in Node.js"',
        (value, { inputs }) => {
            const [file = ""] = String(value).split(".");
            const files = Object.keys(inputs["code"] ?? {});
            return files.some((each) => each.replace(/\.[cm]?js$/, "") === file)
                ? undefined
                : `is ${String(value)}; expected a file among ${files.join(", ")}`;
        },
    );
}

function levelsNeedJson(): Rule {
    return forInput("loggingConfig", 'Lambda Developer Guide, "Configuring log-level filtering"', (value) => {
        const { logFormat, applicationLogLevel, systemLogLevel } = value as Record<string, string>;
        const hasLevel = applicationLogLevel !== undefined || systemLogLevel !== undefined;
        return hasLevel && logFormat !== "JSON" ? "has log levels, which need logFormat JSON" : undefined;
    });
}

export const permissionRules: readonly Rule[] = [
    {
        page: 'Lambda API Reference, "AddPermission"',
        find({ outputs }) {
            const id = String(outputs["statementId"]);
            return /^[\w-]{1,100}$/.test(id) ? [] : [`statementId is ${id}; expected /^[\\w-]{1,100}$/`];
        },
    },
    atMost("action", 100, 'Lambda API Reference, "AddPermission"', /^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/),
    {
        // Not refused, but without it the service acts for anybody.
        page: 'Lambda Developer Guide, "Granting Lambda function access to AWS services"',
        find({ inputs }) {
            const isService = String(inputs["principal"]).includes(".amazonaws.com");
            const isBound = inputs["sourceArn"] !== undefined || inputs["sourceAccount"] !== undefined;
            return isService && !isBound ? ["sourceArn is missing; expected the resource that invokes"] : [];
        },
    },
];

/** Lambda refuses a queue that hides a message for less than its function may take, and asks for six times as much. */
export const visibilityIsSixTimesTheTimeout: Rule = forInput(
    "eventSourceArn",
    'Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping"',
    (arn, { inputs }, program) => {
        const queue = foundBy(program, "aws:sqs/queue:Queue", "arn", arn);
        const fn = functionOf(inputs["functionName"], program);
        if (!queue || !fn) return undefined;
        const visibility = Number(queue.inputs["visibilityTimeoutSeconds"] ?? 30);
        const timeout = Number(fn.inputs["timeout"] ?? 3);
        if (visibility >= 6 * timeout) return undefined;
        return `is of ${queue.name}, which hides messages for ${visibility} seconds; expected six times the ${timeout} of ${fn.name} or more`;
    },
);

function functionOf(name: unknown, program: readonly Recorded[]): Recorded | undefined {
    return (["name", "arn"] as const)
        .map((output) => foundBy(program, "aws:lambda/function:Function", output, name))
        .find((found) => found !== undefined);
}

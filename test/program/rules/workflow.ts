/** State machines, and the rules and targets of events. */
import { atMost, forInput, parsed } from "./rule.ts";
import type { Rule } from "./rule.ts";

const MACHINE = 'Step Functions API Reference, "CreateStateMachine"';

export const machineRules: readonly Rule[] = [
    {
        page: MACHINE,
        find({ outputs }) {
            const name = String(outputs["name"]);
            return /^[\w-]{1,80}$/.test(name)
                ? []
                : [`name is ${name}, ${name.length} characters; expected 1 to 80 letters, digits, _ and -`];
        },
    },
    forInput(
        "definition",
        'Step Functions Developer Guide, "Step Functions service quotas"',
        (definition) => {
            const bytes = Buffer.byteLength(String(definition));
            return bytes > 1_048_576 ? `has ${bytes} bytes; expected at most 1 MiB` : undefined;
        },
    ),
];

const RULE = 'EventBridge API Reference, "PutRule"';
const TARGETS = 'EventBridge API Reference, "PutTargets"';

/** Terraform's unique part of a name is 26 characters long. */
export const eventRuleRules: readonly Rule[] = [
    atMost("namePrefix", 64 - 26, `${RULE}: names have 64 characters`, /^[\w.-]+$/),
    {
        page: TARGETS,
        find({ outputs }, program) {
            const targets = program.filter(
                ({ type, inputs }) =>
                    type === "aws:cloudwatch/eventTarget:EventTarget" && inputs["rule"] === outputs["name"],
            );
            if (targets.length === 0) return ["name: it has no target, so it does nothing"];
            return targets.length > 5 ? [`name: it has ${targets.length} targets; expected at most 5`] : [];
        },
    },
];

export const eventTargetRules: readonly Rule[] = [
    {
        page: TARGETS,
        find({ outputs }) {
            const id = String(outputs["targetId"]);
            return /^[\w.-]{1,64}$/.test(id) ? [] : [`targetId is ${id}; expected /^[\\w.-]{1,64}$/`];
        },
    },
    atMost("input", 8192, 'EventBridge API Reference, "Target"'),
    forInput("input", 'EventBridge API Reference, "Target"', (input, { inputs }) => {
        if (parsed(input) === undefined) return `is ${String(input)}; expected JSON`;
        const others = ["inputPath", "inputTransformer"].filter((other) => inputs[other] !== undefined);
        return others.length > 0
            ? `is given together with ${others.join(", ")}; expected one of them`
            : undefined;
    }),
];

export const logGroupRules: readonly Rule[] = [
    atMost("namePrefix", 512 - 26, 'CloudWatch Logs API Reference, "CreateLogGroup"', /^(?!aws\/)[\w./#-]+$/),
];

export const subscriptionRules: readonly Rule[] = [
    forInput("endpoint", 'SNS API Reference, "Subscribe"', (endpoint, { inputs }) =>
        inputs["protocol"] === "email" && !/^[^\s@]+@[^\s@]+$/.test(String(endpoint))
            ? `is ${String(endpoint)}; expected an address`
            : undefined,
    ),
];

/** The alarm looks at all of its dimensions together. */
export const alarmRules: readonly Rule[] = [
    forInput("dimensions", 'CloudWatch API Reference, "Dimension"', (dimensions) => {
        const entries = Object.entries(dimensions as Record<string, string>);
        return [
            ...(entries.length > 30 ? ["are more than 30"] : []),
            ...entries
                .filter(([name, value]) => name.length > 255 || value.length < 1 || value.length > 1024)
                .map(
                    ([name, value]) => `have ${name} ${JSON.stringify(value)}; expected 1 to 1024 characters`,
                ),
        ];
    }),
];

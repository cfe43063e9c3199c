/** Mistakes in the workflow and in the starter. */
import { BREAKER_PROPERTIES } from "../../watch/breaker.ts";
import { MESSAGE_PROPERTIES } from "../../watch/messages.ts";
import { SLOT_PROPERTIES } from "../../watch/slots.ts";
import type { Mutant } from "../mutant.ts";

export const WORKFLOW_MUTANTS: readonly Mutant[] = [
    {
        id: "release-on-failure",
        mistake: "the slot is released on every failure of `Run job`",
        changes: [
            {
                file: "workflow/definition.ts",
                text: "\"$failure.error = 'States.TaskFailed' and $failure.state != ''\"",
                instead: "\"$failure.error != ''\"",
            },
        ],
        property: SLOT_PROPERTIES.release,
        from: 1,
        within: 100,
    },
    {
        id: "cancelled-goes-on",
        mistake: "an execution that a person took out of the line tries to acquire a slot once more",
        changes: [
            {
                file: "workflow/definition.ts",
                text: "                ErrorEquals: [CANCELLED],\n",
                instead: '                ErrorEquals: [CANCELLED + "ByNobody"],\n',
            },
        ],
        property: MESSAGE_PROPERTIES.cancelledIsUnstarted,
        from: 1,
        within: 100,
    },
    {
        id: "retried-in-place",
        mistake: "a failed job is run again on its slot",
        changes: [
            {
                file: "workflow/definition.ts",
                text: '                Resource: integration("glue:startJobRun.sync"),\n',
                instead:
                    '                Resource: integration("glue:startJobRun.sync"),\n                Retry: [{ ErrorEquals: ["States.TaskFailed"], MaxAttempts: 1 }],\n',
            },
        ],
        property: SLOT_PROPERTIES.oneRun,
        from: 1,
        within: 100,
    },
    {
        id: "start-not-asked-about",
        mistake: "a start that Glue refused is repeated before the reaper has looked for its run",
        changes: [
            {
                file: "workflow/definition.ts",
                text: '                ],\n                Default: "Ask the reaper",\n',
                instead:
                    '                    { Condition: expression("$failure.isRefused = true"), Next: "Pause before starting" },\n' +
                    '                ],\n                Default: "Ask the reaper",\n',
            },
        ],
        property: SLOT_PROPERTIES.oneRun,
        from: 1,
        within: 100,
    },
    {
        id: "redrive-unguarded",
        mistake: "a redriven execution runs its job on the slot that it had",
        changes: [
            {
                file: "workflow/definition.ts",
                text: "return unlessRedrivenJsonata(`$merge([$message.arguments, ${own}])`);",
                instead: "return `$merge([$message.arguments, ${own}])`;",
            },
        ],
        property: SLOT_PROPERTIES.hasSlot,
        from: 1,
        within: 100,
    },
    {
        id: "one-attempt-more",
        mistake: "a job is tried once more than configured",
        changes: [
            {
                file: "workflow/definition.ts",
                text: "$failure.permanent = false and $attempt < ${numbers.maxAttempts}",
                instead: "$failure.permanent = false and $attempt <= ${numbers.maxAttempts}",
            },
        ],
        property: MESSAGE_PROPERTIES.starts,
        from: 1,
        within: 100,
    },
    {
        id: "capacity-is-failure",
        mistake: "a run that ended for lack of capacity counts as an attempt",
        changes: [
            {
                file: "workflow/definition.ts",
                text: "`$failure.isCapacity = true and $capacityWaits < ${MAX_CAPACITY_WAITS}`",
                instead: "`$failure.isCapacity = true and $capacityWaits < 0 * ${MAX_CAPACITY_WAITS}`",
            },
        ],
        property: MESSAGE_PROPERTIES.spared,
        from: 1,
        within: 100,
        profile: "calm",
    },
    {
        id: "cool-down-skipped",
        mistake: "a job that succeeded releases its slot without the cooldown",
        changes: [
            {
                file: "workflow/definition.ts",
                text: '                Next: hasCooldown ? "Cool down" : "Release slot",\n',
                instead: '                Next: "Release slot",\n',
            },
            {
                file: "workflow/definition.ts",
                text: 'return hasCooldown ? machine : without(machine, "Cool down", "Cool down after failure");',
                instead:
                    'return hasCooldown ? without(machine, "Cool down") : without(machine, "Cool down", "Cool down after failure");',
            },
        ],
        property: SLOT_PROPERTIES.cooldown,
        from: 1,
        within: 100,
    },
    {
        id: "closed-twice",
        mistake: "a row is closed without the condition that it is open, and so is joined after a redrive",
        changes: [
            {
                file: "slots/writes.ts",
                text: "ConditionExpression: `${GOES_ON} AND (attribute_not_exists(joinSequence)",
                instead:
                    "ConditionExpression: `attribute_exists(messageId) AND (attribute_not_exists(joinSequence)",
            },
            {
                file: "slots/writes.ts",
                text: 'ConditionExpression: `attribute_exists(messageId) AND ((${open.join(" AND ")}) OR #outcome = :outcome)`,',
                instead:
                    'ConditionExpression: `attribute_exists(messageId) OR #outcome = :outcome OR (${open.join(" AND ")})`,',
            },
        ],
        property: MESSAGE_PROPERTIES.oneOutcome,
        from: 1,
        within: 100,
    },
    {
        id: "breaker-ignored",
        mistake: "the acquire does not ask the breaker",
        changes: [
            {
                file: "slots/writes.ts",
                text: "dispatcherSeen < :seenBefore AND ${BREAKER_CONDITION})",
                instead: "dispatcherSeen < :seenBefore AND (${BREAKER_CONDITION} OR :one < :now))",
            },
        ],
        property: BREAKER_PROPERTIES.barred,
        from: 1,
        within: 200,
    },
    {
        id: "breaker-never-opens",
        mistake: "a message that failed for good is not counted, so the breaker never opens",
        changes: [
            {
                file: "slots/breaker.ts",
                text: '":one": { times: 0, plus: 1 }',
                instead: '":one": { times: 0, plus: 0 }',
            },
        ],
        property: BREAKER_PROPERTIES.counts,
        from: 1,
        within: 100,
    },
    {
        id: "breaker-never-closes",
        mistake: "a success does not close the breaker",
        changes: [
            {
                file: "slots/breaker.ts",
                text: 'succeeded: { sets: "", removes: `, ${BREAKER_ATTRIBUTES.join(", ")}`, values: {} },',
                instead: 'succeeded: { sets: "", removes: "", values: {} },',
            },
        ],
        property: BREAKER_PROPERTIES.counts,
        from: 1,
        within: 100,
    },
    {
        id: "probe-without-pause",
        mistake: "an open breaker lets the next probe in at once",
        changes: [
            {
                file: "slots/breaker.ts",
                text: '(attribute_not_exists(probeAfter) OR probeAfter < :now OR probeBy < :now)))"',
                instead:
                    '(attribute_not_exists(probeAfter) OR probeAfter < :now OR probeBy < :now OR probeBy >= :now)))"',
            },
            {
                file: "slots/breaker.ts",
                text: "held === 0 && nextProbe(gate) < now ? 1 : 0",
                instead: "held === 0 && (nextProbe(gate) < now || nextProbe(gate) >= now) ? 1 : 0",
            },
        ],
        property: BREAKER_PROPERTIES.barred,
        from: 1,
        within: 100,
    },
    {
        id: "group-not-reported",
        mistake: "after a failed message the rest of its group is not reported to SQS",
        changes: [
            {
                file: "functions/starter.ts",
                text: "            }\n        }\n        failed.push(record);\n",
                instead: "                failed.push(record);\n            }\n        }\n",
            },
        ],
        property: MESSAGE_PROPERTIES.once,
        from: 1,
        within: 100,
    },
    {
        id: "started-before-row",
        mistake: "an execution is started before its row is written",
        changes: [
            {
                file: "functions/starter.ts",
                text: "    const there = isRefused ? await markRefusal(starter, message) : await openRow(starter, message);\n",
                instead:
                    "    if (!isRefused) await startExecution(starter, received, nameOf(message, undefined), judged.input);\n    const there = isRefused ? await markRefusal(starter, message) : await openRow(starter, message);\n",
            },
        ],
        property: MESSAGE_PROPERTIES.settled,
        from: 1,
        within: 100,
    },
    {
        id: "name-per-delivery",
        mistake: "each delivery of a message starts an execution of its own",
        changes: [
            {
                file: "functions/starter.ts",
                text: "nameOf(message, there), input);",
                instead:
                    "nameOf({ ...message, group: `${message.group}-${received.deliveries}` }, undefined), input);",
            },
        ],
        property: MESSAGE_PROPERTIES.once,
        from: 1,
        within: 100,
    },
    {
        id: "refused-twice",
        mistake: "each delivery of a message that can never start sends a letter",
        changes: [
            {
                file: "functions/starter.ts",
                text: "    if (there && there.bodyHash !== hashOf(message.body)) {\n",
                instead:
                    "    if (isRefused && there?.ended !== undefined) {\n        await sendLetter(starter, received, judged);\n    } else if (there && there.bodyHash !== hashOf(message.body)) {\n",
            },
        ],
        property: MESSAGE_PROPERTIES.oneLetter,
        from: 1,
        within: 100,
    },
    {
        id: "failure-closed-as-done",
        mistake: "a message whose job failed is closed as done",
        changes: [
            {
                file: "workflow/definition.ts",
                text: 'outcome: OUTCOME.deadLettered, runJsonata: "$run" }),\n',
                instead: 'outcome: OUTCOME.done, runJsonata: "$run" }),\n',
            },
        ],
        property: MESSAGE_PROPERTIES.doneIsDone,
        from: 1,
        within: 100,
    },
];

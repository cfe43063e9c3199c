/** Mistakes in the reaper: what it takes for proof, and what it does with it. */
import { END_PROPERTIES } from "../../play.ts";
import { DEAD_WAITER_PROPERTIES } from "../../watch/dead-waiters.ts";
import { LINE_PROPERTIES } from "../../watch/line.ts";
import { MESSAGE_PROPERTIES } from "../../watch/messages.ts";
import { SAVED_PROPERTIES } from "../../watch/saved.ts";
import { SLOT_PROPERTIES } from "../../watch/slots.ts";
import type { Mutant } from "../mutant.ts";

export const REAPER_MUTANTS: readonly Mutant[] = [
    {
        id: "asks-execution-only",
        mistake: "the reaper asks only the execution, not Glue, whether a holder's work is over",
        changes: [
            {
                file: "functions/reaper/free-slots.ts",
                text: '    const runs = await reaper.runs.ofHolder(row.job, suspect.holder, acquired, known);\n    if (typeof runs === "string") return runs;\n',
                instead:
                    '    const found = await reaper.runs.ofHolder(row.job, suspect.holder, acquired, known);\n    const runs = typeof found === "string" ? [] : found.slice(0, 0);\n',
            },
            {
                file: "functions/reaper/free-slots.ts",
                text: "        graceSeconds: START_GRACE_SECONDS,\n",
                instead: "        graceSeconds: 0 * START_GRACE_SECONDS,\n",
            },
            {
                file: "functions/reaper/free-slots.ts",
                text: "    if (completion.end.run === NO_RUN) {",
                instead: "    if (completion.end.run === `not ${NO_RUN}`) {",
            },
        ],
        property: SLOT_PROPERTIES.release,
        from: 1,
        within: 100,
    },
    {
        id: "superseded-not-over",
        mistake: "a holder whose execution has gone on to another slot is not over",
        changes: [
            {
                file: "functions/reaper/free-slots.ts",
                text: "    if (row.holder !== holder && row.joined !== undefined && Date.parse(row.joined) >= acquired) {\n",
                instead: '    if (row.holder !== holder && row.joined === "never") {\n',
            },
            {
                file: "functions/reaper/free-slots.ts",
                text: "hasGoneOn ? redriveDate : undefined",
                instead: "hasGoneOn ? undefined : undefined",
            },
        ],
        property: END_PROPERTIES.ends,
        from: 1,
        within: 100,
    },
    {
        id: "earlier-row-counts",
        mistake: "the row of an earlier attempt shows that a holder is idle",
        changes: [
            {
                file: "functions/reaper/free-slots.ts",
                text: "row.joined !== undefined && Date.parse(row.joined) >= acquired) {",
                instead: "row.joined !== undefined) {",
            },
        ],
        property: SLOT_PROPERTIES.mayStart,
        from: 1,
        within: 20,
        day: "torn",
    },
    {
        id: "stale-read",
        mistake: "the table is read without consistency",
        changes: [
            {
                file: "functions/lib/rows.ts",
                text: "Key: key, ConsistentRead: true }",
                instead: "Key: key, ConsistentRead: false }",
            },
            {
                file: "functions/lib/rows.ts",
                text: "            ConsistentRead: true,\n",
                instead: "            ConsistentRead: false,\n",
            },
        ],
        property: LINE_PROPERTIES.awake,
        from: 1,
        within: 50,
        profile: "calm",
    },
    {
        id: "sweep-gone",
        mistake: "the reaper does not sweep",
        changes: [
            {
                file: "functions/reaper.ts",
                text: '    if ("sweep" in message) return sweepPools(reaper, message.sweep, looks);\n',
                instead:
                    '    if ("sweep" in message && message.sweep !== "never") return undefined;\n    if ("sweep" in message) return sweepPools(reaper, message.sweep, looks);\n',
            },
        ],
        property: END_PROPERTIES.ends,
        from: 1,
        within: 100,
    },
    {
        id: "answers-at-once",
        mistake: "the reaper answers an execution that asks before it is certain that no run started",
        changes: [
            {
                file: "functions/reaper/answers.ts",
                text: "const graceSeconds = graceOf(",
                instead: "const graceSeconds = 0 * graceOf(",
            },
        ],
        property: SLOT_PROPERTIES.oneRun,
        from: 1,
        within: 100,
    },
    {
        id: "reported-once",
        mistake: "the reaper looks only once at an execution that nobody could wake",
        changes: [
            {
                file: "functions/reaper.ts",
                text: "rescue(reaper, { ...message.rescue, ifGoesOn: LAG_SECONDS[looks] }, looks);",
                instead: "rescue(reaper, message.rescue, looks);",
            },
        ],
        property: DEAD_WAITER_PROPERTIES.found,
        from: 1,
        within: 60,
        day: "deadly",
    },
    {
        id: "history-trusted",
        mistake: "a message is saved although the history of its execution does not show the end yet",
        changes: [
            {
                file: "functions/reaper/rescue.ts",
                text: "let isShown = isLongOver(reaper, execution);",
                instead: "let isShown = isLongOver(reaper, execution) || true;",
            },
        ],
        property: MESSAGE_PROPERTIES.notWhileRunning,
        from: 1,
        within: 200,
    },
    {
        id: "rescue-without-proof",
        mistake: "the message of an aborted execution is dead-lettered while its job may run",
        changes: [
            {
                file: "functions/reaper/rescue.ts",
                text: "    const runs = start ? await runsOf(reaper, pool, row, start) : [];\n",
                instead:
                    "    const runs = start ? (await runsOf(reaper, pool, row, start)).slice(0, 0) as [] : [];\n",
            },
        ],
        property: MESSAGE_PROPERTIES.deadIsDead,
        from: 1,
        within: 100,
    },
    {
        id: "cancelled-dead-lettered",
        mistake: "a message that a person took out of the line is dead-lettered",
        changes: [
            {
                file: "functions/reaper/rescue.ts",
                text: 'return status === "FAILED" && error === CANCELLED;',
                instead: 'return status === "ABORTED" && error === CANCELLED;',
            },
        ],
        property: MESSAGE_PROPERTIES.cancelledIsCancelled,
        from: 1,
        within: 100,
    },
    {
        id: "success-dead-lettered",
        mistake: "the message of an aborted execution is dead-lettered although its job succeeded",
        changes: [
            {
                file: "functions/reaper/rescue.ts",
                text: '    if (end.state === "SUCCEEDED") return closeRow(reaper, pool, row, OUTCOME.done, end.run);\n',
                instead: "",
            },
        ],
        property: MESSAGE_PROPERTIES.deadIsDead,
        from: 1,
        within: 100,
    },
    {
        id: "gate-remade-empty",
        mistake: "a gate that is gone is made again without the holders that executions and Glue show",
        changes: [
            {
                file: "functions/reaper/gate.ts",
                text: "    for (const { holder, since } of await holdersWithoutSlot(reaper, pool, {})) holders[holder] = { since };\n",
                instead: "    await holdersWithoutSlot(reaper, pool, {});\n",
            },
            {
                file: "functions/reaper/gate.ts",
                text: "    for (const { holder, since } of left) holders[holder] = { since };\n",
                instead: "    void left;\n",
            },
        ],
        property: SLOT_PROPERTIES.remade,
        from: 1,
        within: 200,
    },
    {
        id: "left-behind-forgotten",
        mistake: "a gate that is made again, or put back, lacks the runs that executions have left behind",
        changes: [
            {
                file: "functions/reaper/gate.ts",
                text: "        found.push({ holder, since: startedOn });\n",
                instead:
                    "        if (row.name === `not ${holder}`) found.push({ holder, since: startedOn });\n",
            },
        ],
        property: SLOT_PROPERTIES.remade,
        // An abort, a stop that takes hours, a redrive and a deleted gate: few seeds have all four.
        from: 759130,
        within: 1,
    },
    {
        id: "mark-unconditional",
        mistake: "a message is saved although its execution has gone on since its row was read",
        changes: [
            {
                file: "slots/writes.ts",
                text: 'UpdateExpression: "SET saving = :saving",\n        ConditionExpression: `${GOES_ON} AND ${condition}`,',
                instead:
                    'UpdateExpression: "SET saving = :saving",\n        ConditionExpression: `attribute_exists(messageId) OR (${GOES_ON} AND ${condition})`,',
            },
        ],
        property: SAVED_PROPERTIES.isDead,
        from: 1,
        within: 60,
        moment: "rescues",
    },
    {
        id: "join-while-saved",
        mistake: "a redriven execution joins the line although the reaper saves its message",
        changes: [
            {
                file: "slots/writes.ts",
                text: "`${GOES_ON} AND (attribute_not_exists(joinSequence) OR joinSequence <= :sequence)`",
                instead:
                    '"attribute_exists(messageId) AND attribute_not_exists(ended) AND (attribute_not_exists(joinSequence) OR joinSequence <= :sequence)"',
            },
        ],
        property: SAVED_PROPERTIES.stays,
        from: 1,
        within: 60,
        moment: "rescues",
    },
    {
        id: "late-question",
        mistake: "a question that arrives late takes its execution out of the line",
        changes: [
            {
                file: "slots/writes.ts",
                text: '"(attribute_not_exists(joined) OR joined <= :since) AND (attribute_not_exists(ask) OR ask.since <= :since)"',
                instead: '"(attribute_exists(messageId) OR ask.since <= :since)"',
            },
        ],
        property: LINE_PROPERTIES.stays,
        from: 1,
        within: 60,
        moment: "questions",
    },
];

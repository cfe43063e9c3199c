/** Mistakes in the line: turns, wake-ups, tokens, and the dispatcher that looks after them. */
import { GATE_PROPERTIES } from "../../watch/gate.ts";
import { LINE_PROPERTIES } from "../../watch/line.ts";
import { DEAD_WAITER_PROPERTIES } from "../../watch/dead-waiters.ts";
import { SLOT_PROPERTIES } from "../../watch/slots.ts";
import { TURN_PROPERTIES } from "../../watch/turns.ts";
import type { Mutant } from "../mutant.ts";

const WAKE_HOLDER = "            await wakeIfInLine(reaper, suspect, proof.row);\n";

export const LINE_MUTANTS: readonly Mutant[] = [
    {
        id: "no-turn",
        mistake: "an execution acquires a slot that nobody woke",
        changes: [
            {
                file: "slots/writes.ts",
                text: "dispatcherSeen < :seenBefore AND ${BREAKER_CONDITION})",
                instead:
                    "(dispatcherSeen < :seenBefore OR dispatcherSeen >= :seenBefore) AND ${BREAKER_CONDITION})",
            },
        ],
        property: TURN_PROPERTIES.turn,
        from: 1,
        within: 20,
        day: "torn",
    },
    {
        id: "turn-for-ever",
        mistake: "an execution that was woken once may use its turn for ever",
        changes: [
            { file: "slots/times.ts", text: "WOKEN_SECONDS = 60", instead: "WOKEN_SECONDS = 600_000_000" },
        ],
        property: TURN_PROPERTIES.turn,
        from: 1,
        within: 20,
        day: "torn",
    },
    {
        id: "turn-kept-free",
        mistake: "the dispatcher keeps a slot free for ever for each execution that it woke",
        changes: [
            { file: "slots/times.ts", text: "TURN_SECONDS = 20", instead: "TURN_SECONDS = 600_000_000" },
        ],
        property: LINE_PROPERTIES.prompt,
        from: 1,
        within: 50,
        profile: "calm",
    },
    {
        id: "silence-admits-nobody",
        mistake: "while the dispatcher is silent an execution acquires no slot by itself",
        changes: [
            {
                file: "slots/writes.ts",
                text: ": $fromMillis($millis() - ${SILENCE_SECONDS * 1000})`;",
                instead: ": '0000'`;",
            },
        ],
        property: TURN_PROPERTIES.silence,
        from: 1,
        within: 20,
        day: "silent",
    },
    {
        id: "never-seen",
        mistake: "the dispatcher never reports that it is alive",
        changes: [
            {
                file: "slots/writes.ts",
                text: '"SET dispatcherSeen = :now, lastChange = :change" +',
                instead: '"SET lastReport = :now, lastChange = :change" +',
            },
        ],
        property: GATE_PROPERTIES.seen,
        from: 1,
        within: 100,
    },
    {
        id: "seen-by-executions",
        mistake: "an execution that acquires a slot reports that the dispatcher is alive",
        changes: [
            {
                file: "slots/writes.ts",
                text: "holders.#me = if_not_exists(holders.#me, :slot), lastChange = :change",
                instead:
                    "holders.#me = if_not_exists(holders.#me, :slot), dispatcherSeen = :alive, lastChange = :change",
            },
            {
                file: "slots/writes.ts",
                text: '            ":slot": slotValue(at.since, at.isLast),\n',
                instead:
                    '            ":slot": slotValue(at.since, at.isLast),\n            ":alive": { S: JSONATA_NOW },\n',
            },
        ],
        property: TURN_PROPERTIES.silence,
        from: 1,
        within: 20,
        day: "silent",
    },
    {
        id: "dispatcher-writes-holders",
        mistake: "the dispatcher frees the slot of a holder that nobody waits for",
        changes: [
            {
                file: "functions/lib/line.ts",
                text: "    if (!isGone) return;\n",
                instead:
                    "    if (!isGone) return;\n" +
                    "    await conditionHeld(dynamodb.send(new UpdateItemCommand(release({ table: at.table, pool: at.pool, holder }))));\n",
            },
            {
                file: "functions/lib/line.ts",
                text: 'import { clearToken } from "../../slots/writes.ts";',
                instead: 'import { clearToken, release } from "../../slots/writes.ts";',
            },
        ],
        property: SLOT_PROPERTIES.release,
        from: 1,
        within: 100,
    },
    {
        id: "token-off-unwoken",
        mistake: "the token is taken off the row although waking its execution failed",
        changes: [
            {
                file: "functions/lib/line.ts",
                text: "        if (!isTokenGone(error)) throw error;\n        isGone = true;\n",
                instead: "        isGone = isTokenGone(error);\n",
            },
        ],
        property: LINE_PROPERTIES.awake,
        from: 1,
        within: 20,
        day: "crowded",
    },
    {
        id: "token-unconditional",
        mistake: "a token is taken off its row without the condition that it is still this one",
        changes: [
            {
                file: "slots/writes.ts",
                text: '"#token = :token AND attribute_not_exists(ended)"',
                instead: '"(#token = :token OR #token <> :token) AND attribute_not_exists(ended)"',
            },
        ],
        property: LINE_PROPERTIES.awake,
        from: 1,
        within: 40,
        day: "crowded",
    },
    {
        id: "late-join",
        mistake: "a join that arrives late replaces a newer one",
        changes: [
            {
                file: "slots/writes.ts",
                text: "(attribute_not_exists(joinSequence) OR joinSequence <= :sequence)`",
                instead:
                    "(attribute_not_exists(joinSequence) OR joinSequence <= :sequence OR joinSequence > :sequence)`",
            },
        ],
        property: LINE_PROPERTIES.awake,
        from: 1,
        within: 100,
    },
    {
        id: "limit-unchecked",
        mistake: "the limit is set without checking that what was read is still so",
        changes: [
            {
                file: "slots/gate.ts",
                text:
                    '        unchanged(ENTRY.settings, at.settings, ["limit", "pauseAfterFailures"]),\n' +
                    '        unchanged(ENTRY.override, at.override, ["limit", "until"]),\n',
                instead: "",
            },
            {
                file: "slots/gate.ts",
                text: "    const unchanged = (entry",
                instead: "    const _unchanged = (entry",
            },
            {
                file: "slots/gate.ts",
                text: '"attribute_exists(holders) AND attribute_not_exists(#limit)"',
                instead: '"attribute_exists(holders)"',
            },
            {
                file: "slots/gate.ts",
                text: '"attribute_exists(holders) AND #limit = :before"',
                instead: '"attribute_exists(holders) AND (#limit = :before OR #limit <> :before)"',
            },
        ],
        property: GATE_PROPERTIES.limit,
        from: 1,
        within: 20,
        day: "crowded",
    },
    {
        id: "dead-waiter-unreported",
        mistake: "the dispatcher tells nobody of a waiter that is dead",
        changes: [
            {
                file: "functions/dispatcher.ts",
                text: "        askReaper(at, { rescue: { pool: at.pool, execution: nameOfExecution(waiter.execution) } }),\n",
                instead: "        Promise.resolve(waiter.execution),\n",
            },
        ],
        property: DEAD_WAITER_PROPERTIES.found,
        from: 1,
        within: 20,
        day: "deadly",
    },
    {
        id: "turns-forgotten",
        mistake: "the dispatcher offers a slot again that an execution was woken for",
        changes: [
            {
                file: "slots/next.ts",
                text: "let free = freeSlots(gate) - turns.size;",
                instead: "let free = freeSlots(gate);",
            },
        ],
        property: TURN_PROPERTIES.vain,
        from: 1,
        within: 50,
        profile: "calm",
    },
    {
        id: "last-first",
        mistake: "the highest number of a priority is the first in line",
        changes: [
            {
                file: "slots/table.ts",
                text: "& $string(${message}.priority) &",
                instead: "& $string(9 - ${message}.priority) &",
            },
        ],
        property: LINE_PROPERTIES.order,
        from: 1,
        within: 100,
        profile: "calm",
    },
    {
        id: "attempt-last-in-line",
        mistake: "a further attempt goes to the end of the line",
        changes: [
            {
                file: "workflow/definition.ts",
                text: ': ${waitPositionJsonata("$message")}`',
                instead: ": 'wait#' & $string($message.priority) & '#' & $now()`",
            },
        ],
        property: LINE_PROPERTIES.order,
        from: 1,
        within: 100,
        profile: "calm",
    },
    {
        id: "override-for-ever",
        mistake: "an override does not end by itself",
        changes: [
            {
                file: "slots/items.ts",
                text: "if (until.value !== undefined && until.value <= now)",
                instead: "if (until.value !== undefined && until.value <= 0 && now > 0)",
            },
        ],
        property: GATE_PROPERTIES.follows,
        from: 1,
        within: 100,
    },
    {
        id: "override-guessed",
        mistake: "an override that cannot be read counts as none",
        changes: [
            {
                file: "slots/gate.ts",
                text: '    if ("problem" in instead) return { limit: undefined, problem: instead.problem };\n    const { limit, pauseAfterFailures } = configured.value;\n',
                instead:
                    '    const { limit, pauseAfterFailures } = configured.value;\n    if ("problem" in instead) return { limit, problem: instead.problem };\n',
            },
        ],
        property: GATE_PROPERTIES.limit,
        from: 1,
        within: 20,
        day: "crowded",
    },
    {
        id: "first-pool-only",
        mistake: "the dispatcher sweeps only the first of the pools that share a table",
        changes: [
            {
                file: "functions/dispatcher.ts",
                text: 'if ("sweep" in event) return pools.map(',
                instead: 'if ("sweep" in event) return pools.slice(0, 1).map(',
            },
        ],
        property: GATE_PROPERTIES.seen,
        from: 1,
        within: 10,
        day: "shared",
    },
    {
        id: "holder-not-woken",
        mistake: "an execution that got its slot late, and waits in line again, is not woken",
        changes: [
            {
                file: "slots/next.ts",
                text: "            toWake.push(row);\n            continue;",
                instead: "            continue;",
            },
            { file: "functions/reaper/free-slots.ts", text: WAKE_HOLDER, instead: "" },
        ],
        property: LINE_PROPERTIES.holder,
        from: 1,
        within: 120,
        moment: "slots",
    },
];

/** Mistakes in how a slot is counted, granted and released. */
import { END_PROPERTIES } from "../../play.ts";
import { SLOT_PROPERTIES } from "../../watch/slots.ts";
import type { Mutant } from "../mutant.ts";

export const SLOT_MUTANTS: readonly Mutant[] = [
    {
        id: "at-most",
        mistake: "`<=` for `<`: a slot is granted at the limit",
        changes: [
            {
                file: "slots/writes.ts",
                text: "(size(holders) < #limit AND",
                instead: "(size(holders) <= #limit AND",
            },
        ],
        property: SLOT_PROPERTIES.grant,
        from: 1,
        within: 100,
    },
    {
        id: "counter",
        mistake: "a counter beside the holders decides whether there is room",
        changes: [
            {
                file: "slots/writes.ts",
                text: '"SET holders.#me = if_not_exists(holders.#me, :slot), lastChange = :change"',
                instead:
                    '"SET holders.#me = if_not_exists(holders.#me, :slot), lastChange = :change, inUse = if_not_exists(inUse, :none) + :one"',
            },
            {
                file: "slots/writes.ts",
                text: "(size(holders) < #limit AND",
                instead: "((attribute_not_exists(inUse) OR inUse < #limit) AND",
            },
            {
                file: "slots/writes.ts",
                text: '            ":one": { N: "1" },\n',
                instead: '            ":one": { N: "1" },\n            ":none": { N: "0" },\n',
            },
            {
                file: "slots/writes.ts",
                text: "return `SET lastChange = :change${sets} REMOVE",
                instead: "return `SET lastChange = :change${sets}, inUse = inUse - :step REMOVE",
            },
            {
                file: "slots/writes.ts",
                text: '":change": { S: CHANGE.release },\n            ...(Object.fromEntries(numbers)',
                instead:
                    '":change": { S: CHANGE.release },\n            ":step": { N: "1" },\n            ...(Object.fromEntries(numbers)',
            },
            {
                file: "slots/writes.ts",
                text: "[`':change': {'S': '${CHANGE.release}'}`,",
                instead: "[`':change': {'S': '${CHANGE.release}'}`, `':step': {'N': '1'}`,",
            },
        ],
        property: END_PROPERTIES.ends,
        from: 1,
        within: 100,
    },
    {
        id: "holder-without-ordinal",
        mistake: "the holder id is the same for each attempt",
        changes: [
            {
                file: "slots/holder.ts",
                text: "& '/' & $string(${ordinal}) & '/' &",
                instead: "& '/1/' &",
            },
        ],
        property: SLOT_PROPERTIES.oneRun,
        from: 1,
        within: 100,
    },
    {
        id: "holder-without-redrives",
        mistake: "the holder id is the same after a redrive",
        changes: [
            {
                file: "slots/holder.ts",
                text: "& '/' & $string(${redrives})`",
                instead: "& '/0'`",
            },
        ],
        property: SLOT_PROPERTIES.oneRun,
        from: 1,
        within: 100,
    },
    {
        id: "stopping-is-over",
        mistake: "a run in STOPPING counts as over",
        changes: [
            {
                file: "slots/completion.ts",
                text: '    "STOPPED",\n',
                instead: '    "STOPPED",\n    "STOPPING",\n',
            },
        ],
        property: SLOT_PROPERTIES.release,
        from: 1,
        within: 100,
    },
    {
        id: "no-grace",
        mistake: "a start whose reply was lost may not be on its way any more",
        changes: [
            {
                file: "slots/times.ts",
                text: "START_GRACE_SECONDS = 120",
                instead: "START_GRACE_SECONDS = 0",
            },
        ],
        property: SLOT_PROPERTIES.hasSlot,
        from: 1,
        within: 100,
    },
    {
        id: "cooldown-ignored",
        mistake: "the reaper frees a slot at the end of its run, before the cooldown has passed",
        changes: [
            {
                file: "slots/completion.ts",
                text: "run.completedOn ?? 0)) + cooldownSeconds * 1000;",
                instead: "run.completedOn ?? 0));",
            },
        ],
        property: SLOT_PROPERTIES.cooldown,
        from: 1,
        within: 100,
    },
];

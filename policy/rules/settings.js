"use strict";
/**
 * Pulumi owns the settings of a pool, all of them, and nothing that the running system writes. A deployment that wrote a gate
 * or a row would undo what happened since; one that ignores changes of the settings would leave a limit behind that nobody sees.
 */
const { TYPE, itemOf } = require("./stack.js");

const MAX_LIMIT = 1000;

/** Entries that the running system or an operator writes. */
const NOT_PULUMIS = /^(gate|override|job#.*)$/;

/** @type {import("@pulumi/policy").ResourceValidationPolicy} */
const settingsOwnedWhole = {
    name: "settings-owned-whole",
    description: "Pulumi owns the settings of a pool whole, and no item that the running system writes.",
    validateResource: ({ type, props, opts }, reportViolation) => {
        if (type !== TYPE.item) return;
        const item = itemOf(props);
        if (item === undefined) return;
        const entry = item["entry"]?.S ?? "";
        const pool = item["poolName"]?.S ?? "";
        if (NOT_PULUMIS.test(entry)) {
            reportViolation(
                `The item ${entry} of pool ${pool} is written while jobs run, so a deployment would undo what happened. ` +
                    "Remove it from the program; to change the limit for a while, use `turnstile limit`.",
            );
        }
        if (entry !== "settings") return;
        const limit = item["limit"]?.N ?? "";
        if (!/^\d+$/.test(limit) || Number(limit) > MAX_LIMIT) {
            const is = limit === "" ? "is missing" : `is ${limit}`;
            reportViolation(
                `The limit in the settings of pool ${pool} ${is}; expected a whole number from 0 to ${MAX_LIMIT}. ` +
                    "Without one no slot is granted.",
            );
        }
        if (opts.ignoreChanges.length > 0) {
            reportViolation(
                `The settings of pool ${pool} ignore changes of ${opts.ignoreChanges.join(", ")}, so the program would no ` +
                    "longer say what is in force. Remove ignoreChanges; to change the limit for a while, use `turnstile limit`.",
            );
        }
    },
};

module.exports = { settingsOwnedWhole };

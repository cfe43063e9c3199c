"use strict";
/** Whoever may send to a queue starts jobs. So a queue must say who that is. */
const { known } = require("./stack.js");

/** Condition keys that narrow everybody down to those of an account, an organization or a resource. */
const NARROWS = new Set([
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
]);

/** @type {import("@pulumi/policy").ResourceValidationPolicy} */
const noPublicQueue = {
    name: "no-public-queue",
    description: "No policy of a queue lets everybody use it.",
    validateResource: ({ type, props }, reportViolation) => {
        if (type !== "aws:sqs/queuePolicy:QueuePolicy" && type !== "aws:sqs/queue:Queue") return;
        const policy = known(props, "policy");
        if (policy === undefined || policy === null || policy === "") return;
        const document = typeof policy === "string" ? JSON.parse(policy) : policy;
        for (const statement of [document.Statement].flat()) {
            if (!isOpen(statement)) continue;
            const name = statement.Sid === undefined ? "A statement" : `The statement ${statement.Sid}`;
            reportViolation(
                `${name} lets everybody ${[statement.Action ?? "use it"].flat().join(", ")}. Name the principals, or add a ` +
                    "condition on aws:SourceArn, aws:PrincipalAccount or aws:PrincipalOrgID.",
            );
        }
    },
};

/** @param {any} statement */
function isOpen({ Effect, Principal, NotPrincipal, Condition }) {
    if (Effect !== "Allow") return false;
    const everybody = NotPrincipal !== undefined || [Principal, Principal?.AWS].flat().includes("*");
    return everybody && !isNarrowed(Condition ?? {});
}

/**
 * Whether a condition asks for certain values of a key that narrows. One that is negated, or holds where the key is missing,
 * does not; neither does a wildcard for everything.
 * @param {Readonly<Record<string, Readonly<Record<string, unknown>>>>} condition
 */
function isNarrowed(condition) {
    return Object.entries(condition).some(([operator, keys]) => {
        if (
            !/^(ForAnyValue:)?(StringEquals|StringLike|StringEqualsIgnoreCase|ArnEquals|ArnLike)$/.test(
                operator,
            )
        )
            return false;
        return Object.entries(keys).some(
            ([key, values]) => NARROWS.has(key.toLowerCase()) && ![values].flat().includes("*"),
        );
    });
}

module.exports = { noPublicQueue };

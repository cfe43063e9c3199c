"use strict";
/**
 * A Glue job that Turnstile runs must leave retries, queueing and the number of runs to Turnstile. The reaper says so every four
 * minutes; these rules say it before the deployment. They know a job of the same stack only.
 */
const { TYPE, isOfTurnstile, itemOf, known, leadsTo } = require("./stack.js");

/**
 * @typedef {import("@pulumi/policy").PolicyResource} PolicyResource
 * @typedef {{ readonly pool: string | undefined, readonly table: unknown, readonly job: PolicyResource }} Served
 */

/** @type {import("@pulumi/policy").StackValidationPolicy} */
const jobWithoutRetries = {
    name: "job-without-retries",
    description: "A Glue job that Turnstile runs has MaxRetries 0 and no queue of its own.",
    validateStack: ({ resources }, reportViolation) => {
        for (const job of new Set(served(resources).map((one) => one.job))) {
            const { maxRetries = 0, jobRunQueuingEnabled = false } = job.props;
            if (maxRetries !== 0) {
                reportViolation(
                    `maxRetries is ${maxRetries}; expected 0. Glue's own retries start runs that hold no slot. ` +
                        "Set maxAttempts of the JobWorkflow instead.",
                    job.urn,
                );
            }
            if (jobRunQueuingEnabled !== false) {
                reportViolation(
                    "jobRunQueuingEnabled is true; expected false. A run that waits in Glue's queue holds a slot without running.",
                    job.urn,
                );
            }
        }
    },
};

/** @type {import("@pulumi/policy").StackValidationPolicy} */
const runsAboveLimit = {
    name: "runs-above-limit",
    description: "MaxConcurrentRuns of a Glue job is above the limits of all pools that run it.",
    validateStack: ({ resources }, reportViolation) => {
        const all = served(resources);
        for (const job of new Set(all.map((one) => one.job))) {
            const limits = all
                .filter((one) => one.job === job)
                .map(({ table, pool }) => limitIn(resources, table, pool));
            const sum = limits.reduce((total, limit) => total + limit, 0);
            const runs = job.props["executionProperty"]?.maxConcurrentRuns ?? 1;
            if (runs > sum) continue;
            reportViolation(
                `maxConcurrentRuns is ${runs}; expected more than ${sum}, the limits of the pools that run it. Glue counts a run ` +
                    "for a while after its end, and would refuse the next start.",
                job.urn,
            );
        }
    },
};

/**
 * Which jobs of the stack run on which pools. The pool is unknown as long as its item is.
 * @param {readonly PolicyResource[]} resources
 * @returns {Served[]}
 */
function served(resources) {
    return resources
        .filter(({ type, props }) => type === TYPE.item && mayBeWorkflow(props))
        .flatMap((entry) => {
            const item = itemOf(entry.props);
            const name = item?.["job"]?.S;
            const isNamed = (/** @type {PolicyResource} */ job) =>
                name !== undefined && known(job.props, "name") === name;
            const jobs = leadsTo(entry, "item", TYPE.job, resources, isNamed);
            return jobs.map((job) => ({
                pool: item?.["poolName"]?.S,
                table: known(entry.props, "tableName"),
                job,
            }));
        });
}

/**
 * Whether a table's item says what serves a pool. While it is unknown it may: it does if it depends on a job.
 * @param {Readonly<Record<string, any>>} props
 */
function mayBeWorkflow(props) {
    const item = itemOf(props);
    return item === undefined ? isOfTurnstile(props) : item["entry"]?.S === "workflow";
}

/**
 * @param {readonly PolicyResource[]} resources
 * @param {unknown} table
 * @param {string | undefined} pool
 */
function limitIn(resources, table, pool) {
    const settings = resources
        .filter(({ type, props }) => type === TYPE.item && known(props, "tableName") === table)
        .map(({ props }) => itemOf(props))
        .find((item) => item?.["entry"]?.S === "settings" && item["poolName"]?.S === pool);
    return Number(settings?.["limit"]?.N ?? 0);
}

module.exports = { jobWithoutRetries, runsAboveLimit };

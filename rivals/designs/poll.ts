/**
 * A plain poll: Turnstile's own rule, a map of holders whose size is compared in the write that adds one, but nobody wakes
 * who waits. Each execution tries again every 30 seconds. No clean-up besides its own last step.
 */
import type { EmbeddedWorld, RecordedProgram } from "../../embedded-aws/index.ts";
import type { Rival } from "../rival.ts";
import { job, LOCK_KEY, lockTable, role, startedAtOnce } from "./lib/parts.ts";
import { Stack } from "./lib/stack.ts";
import { ME, NOW, runJob, updateLock } from "./lib/states.ts";

const HOLDERS = "holders";

export const poll: Rival = {
    name: "poll",
    family: "poll",
    title: "30-second poll",
    source: {
        text: "no publication: what remains of Turnstile without its line",
        url: "https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html",
    },
    eleventh: "The size of the map is compared in the write that adds to it.",
    program: (settings) => {
        const stack = new Stack("poll");
        const roleArn = role(stack);
        job(stack, roleArn, settings);
        const tableName = lockTable(stack, { [HOLDERS]: { M: {} } });
        const { outputs } = startedAtOnce(stack, roleArn, definition(tableName, settings.limit));
        return stack.program({ ...outputs, tableName });
    },
    slotsTaken: (world: EmbeddedWorld, { outputs }: RecordedProgram) => {
        const input = { TableName: outputs["tableName"], Key: LOCK_KEY };
        const { Item } = world.call("dynamodb", "GetItem", input, { principal: "user" }) as {
            Item?: { holders?: { M: object } };
        };
        return Object.keys(Item?.holders?.M ?? {}).length;
    },
};

function definition(tableName: string, limit: number): object {
    const names = { "#holders": HOLDERS, "#me": ME };
    const release = {
        ...updateLock(tableName, {
            UpdateExpression: "REMOVE #holders.#me",
            ExpressionAttributeNames: names,
        }),
        Retry: [
            {
                ErrorEquals: ["States.ALL"],
                IntervalSeconds: 1,
                BackoffRate: 2,
                MaxAttempts: 10,
                MaxDelaySeconds: 60,
            },
        ],
    };
    return {
        QueryLanguage: "JSONata",
        StartAt: "Acquire slot",
        States: {
            "Acquire slot": {
                ...updateLock(tableName, {
                    UpdateExpression: "SET #holders.#me = :now",
                    ConditionExpression: "attribute_exists(#holders.#me) OR size(#holders) < :limit",
                    ExpressionAttributeNames: names,
                    ExpressionAttributeValues: { ":now": { S: NOW }, ":limit": { N: String(limit) } },
                }),
                // Whatever the error is, looking again later is right.
                Catch: [{ ErrorEquals: ["States.ALL"], Next: "Wait" }],
                Next: "Run job",
            },
            Wait: { Type: "Wait", Seconds: 30, Next: "Acquire slot" },
            "Run job": runJob({
                Catch: [{ ErrorEquals: ["States.ALL"], Next: "Release slot after failure" }],
                Next: "Release slot",
            }),
            "Release slot": { ...release, End: true },
            "Release slot after failure": { ...release, Next: "Fail" },
            Fail: { Type: "Fail", Error: "JobFailed" },
        },
    };
}

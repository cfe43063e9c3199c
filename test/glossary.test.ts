/** docs/glossary.md, held against the names in the code: states, metrics, items and their attributes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { VERDICT } from "../slots/breaker.ts";
import { METRIC, NAMESPACE } from "../functions/lib/metrics.ts";
import { CHANGE, ENTRY, HOLDER_ARGUMENT, OUTCOME, POOL_ARGUMENT, TABLE } from "../slots/table.ts";
import * as writes from "../slots/writes.ts";
import type { Update } from "../slots/writes.ts";
import { definition } from "../workflow/definition.ts";

const docs = path.join(import.meta.dirname, "..", "docs");
const glossary = readFileSync(path.join(docs, "glossary.md"), "utf8");

describe("docs/glossary.md", () => {
    it("has every metric, and their namespace", () => {
        missing([...Object.values(METRIC), NAMESPACE]);
    });

    it("has every item of the table, its keys and index, and the arguments of a run", () => {
        const { row, ...entries } = ENTRY;
        missing([...Object.values(entries), row("<message id>"), ...Object.values(TABLE)]);
        missing([POOL_ARGUMENT, HOLDER_ARGUMENT]);
    });

    it("has every attribute that the protocol writes", () => {
        const at = { table: "", pool: "", name: "", holder: "holder", job: "", now: "", token: "" };
        const row = {
            messageId: "",
            group: "",
            bodyHash: "",
            execution: "",
            position: "",
            attempt: "1",
            sequence: "1",
        };
        missing(Object.keys(writes.open({ ...at, ...row }).Item));
        const updates = [
            writes.acquire({ ...at, since: "1", seenBefore: "" }),
            ...Object.values(VERDICT).map((verdict) => writes.release({ ...at, ended: { verdict, now: 0 } })),
            writes.closeBreaker(at),
            writes.join({ ...at, position: "", attempt: "1", sequence: "1" }),
            writes.confirmOpen(at),
            writes.close({ ...at, outcome: "", run: "", position: "", expires: "" }),
            writes.clearToken({ ...at, position: "" }),
            writes.heartbeat({ ...at, hasBacklog: true }),
        ];
        const attributes = updates.flatMap(attributesOf);
        assert.ok(attributes.length > 15);
        missing(attributes);
        missing([...Object.values(CHANGE), ...Object.values(OUTCOME)]);
    });

    it("has every state, or links to the page that has", () => {
        const { States } = definition(
            {
                partition: "aws",
                tableName: "table",
                pool: "pool",
                jobName: "job",
                deadLetterQueueUrl: "queue",
                reaperQueueUrl: "queue",
                failureTopicArn: "topic",
            },
            {
                maxAttempts: 3,
                retryDelaySeconds: 30,
                cooldownSeconds: 60,
                startBudgetSeconds: 600,
                jobTimeoutMinutes: undefined,
            },
        );
        assert.match(glossary, /\]\(workflow\.md\)/);
        const workflow = readFileSync(path.join(docs, "workflow.md"), "utf8");
        const lost = Object.keys(States).filter((state) => !workflow.includes(`| ${state} `));
        assert.deepEqual(lost, []);
    });

    it("names only states that there are", () => {
        const workflow = readFileSync(path.join(docs, "workflow.md"), "utf8");
        const named = [...glossary.matchAll(/[Ss]tates? `([A-Z][^`]+)`/g)].map(([, state = ""]) => state);
        assert.ok(named.length > 10);
        assert.deepEqual(
            named.filter((state) => !workflow.includes(`| ${state.replace(/\s+/g, " ")} `)),
            [],
        );
    });
});

/** Fails for names that stand nowhere in the glossary. */
function missing(names: readonly string[]): void {
    assert.deepEqual(
        names.filter((name) => !glossary.includes(`\`${name}\``)),
        [],
    );
}

/** The attributes that a write sets or removes, without what is below them. */
function attributesOf({ UpdateExpression, ExpressionAttributeNames = {} }: Update): string[] {
    const [, set = "", removed = ""] = /^SET (.*?)(?: REMOVE (.*))?$/.exec(UpdateExpression) ?? [];
    const targets = [
        ...[...set.matchAll(/([#\w.]+) = /g)].map(([, name = ""]) => name),
        ...removed.split(", "),
    ];
    return targets
        .map((target) => target.split(".")[0] ?? "")
        .filter((name) => name !== "")
        .map((name) => ExpressionAttributeNames[name] ?? name);
}

/** The slot protocol under true concurrency, against DynamoDB Local. HAMMER_MESSAGES sets how many messages each run handles. */
import assert from "node:assert/strict";
import type { Update } from "../../slots/writes.ts";
import { describeOnLocal } from "./describe-on-local.ts";
import { hammer } from "./hammer.ts";
import type { HammerOptions, HammerReport } from "./hammer.ts";

const messages = Number(process.env["HAMMER_MESSAGES"] ?? 800);
const usual = { clients: 64, messages, seed: 1, limits: [0, 3, 7, 12, 30] };
const rough = { ...usual, lost: 0.05, conflicts: 0.02 };

/** A write that acquires a slot without a look at the limit. */
function withoutLimit(acquire: Update): Update {
    // Names and values that no expression uses are an error.
    const used = <T>(all: Readonly<Record<string, T>> = {}): Record<string, T> =>
        Object.fromEntries(Object.entries(all).filter(([name]) => acquire.UpdateExpression.includes(name)));
    return {
        ...acquire,
        ConditionExpression: "attribute_exists(holders)",
        ExpressionAttributeNames: used(acquire.ExpressionAttributeNames),
        ExpressionAttributeValues: used(acquire.ExpressionAttributeValues),
    };
}

describe("DynamoDB", () => {
    describeOnLocal("The slot protocol, by 64 clients at once", (endpoint) => {
        async function run(what: string, options: Omit<HammerOptions, "endpoint">): Promise<HammerReport> {
            const report = await hammer({ ...options, endpoint: endpoint() });
            process.stdout.write(`hammer, ${what}: ${summary(report)}\n`);
            return report;
        }

        function good({ audit, violations, left, counts }: HammerReport): void {
            assert.deepEqual(violations.slice(0, 10), []);
            assert.deepEqual(left, { holders: 0, inLine: 0 });
            assert.equal(audit.acquired, audit.released);
            assert.ok(
                audit.acquired >= messages - (counts["deaths"] ?? 0),
                `${audit.acquired} slots acquired`,
            );
            assert.ok(audit.limitChanges > 1, "the limit never changed");
        }

        it("never has more holders than the limit, and leaves nothing, when they acquire slots without turns", async () => {
            good(await run("without turns", { ...rough, dispatchers: 0, deaths: 0, speed: 1 }));
        });

        it("has nobody overtaken when the dispatcher gives turns", async () => {
            const report = await run("with turns", { ...rough, dispatchers: 1, deaths: 0, speed: 1 });
            good(report);
            assert.equal((report.counts["turns"] ?? 0) >= messages, true);
        });

        it("never has more holders than the limit when clients die and two dispatchers run at once", async () => {
            const options = { ...rough, dispatchers: 2, deaths: 0.01, speed: 40 } as const;
            const report = await run("with deaths", options);
            good(report);
            assert.ok((report.counts["deaths"] ?? 0) > 0);
        });

        it("is caught when a write does not look at the limit", async () => {
            const options = {
                ...usual,
                messages: 150,
                dispatchers: 0,
                lost: 0,
                deaths: 0,
                conflicts: 0,
                speed: 1,
            } as const;
            const { violations } = await hammer({
                ...options,
                endpoint: endpoint(),
                distort: withoutLimit,
            });
            assert.match(violations.join("\n"), /acquired a slot when \d+ were in use and the limit was \d+/);
        });
    });
});

function summary({ audit, counts, seconds }: HammerReport): string {
    const numbers: Readonly<Record<string, number>> = {
        rounds: counts["rounds"] ?? 0,
        acquired: audit.acquired,
        denials: counts["denials"] ?? 0,
        turns: counts["turns"] ?? 0,
        "limits in force": audit.limitChanges,
        "holders at most": audit.maxHolders,
        "replies lost": counts["replies lost"] ?? 0,
        "conflicts made up":
            (counts["TransactionConflictException"] ?? 0) + (counts["TransactionCanceledException"] ?? 0),
        deaths: counts["deaths"] ?? 0,
        writes: counts["writes"] ?? 0,
    };
    const shown = Object.entries(numbers).map(([name, number]) => `${number} ${name}`);
    return `${shown.join(", ")} in ${seconds.toFixed(1)} s`;
}

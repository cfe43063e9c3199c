import { SFNClient } from "@aws-sdk/client-sfn";
import assert from "node:assert/strict";
import { cases } from "../cases/step-functions/index.ts";
import type { Case } from "../cases/step-functions/index.ts";
import { run } from "../cases/step-functions/run-case.ts";
import type { Difference, Respect } from "../cases/step-functions/run-case.ts";
import { need } from "../installation.ts";
import { installMiniStack } from "../ministack/install.ts";
import { MiniStack } from "../ministack/server.ts";
import { asWritten, knownDifferences, skips, UNWRITTEN } from "./known-differences.ts";
import { MiniStackEngine } from "./ministack-engine.ts";

/** A case mostly waits. With more than this at a time, the machine's load distorts the measured times. */
const AT_A_TIME = 48;

/** How much longer than stated a step may take, in seconds: a request or two on a busy machine. */
const TOLERANCE_SECONDS = 1.5;

describe("Step Functions", () => {
    const outcomes = new Map<string, Promise<Difference[]>>();
    const written = new Set<string>();
    let server: MiniStack | undefined;
    let outcomeOf: (one: Case) => Promise<Difference[]>;

    before(async function () {
        const started = await MiniStack.start(need(this, await installMiniStack()));
        server = started;
        const client = new SFNClient({ ...started.client, maxAttempts: 1 });
        let machines = 0;
        outcomeOf = async (one) => {
            const engine = new MiniStackEngine(started, client, one, ++machines);
            const outcome = await run(asWritten(one), engine, TOLERANCE_SECONDS);
            for (const type of one.refused === undefined ? await engine.history() : []) written.add(type);
            return outcome;
        };
        const inTurn = queue(AT_A_TIME);
        for (const one of cases.filter((one) => !skipOf(one))) {
            const outcome = inTurn(() => outcomeOf(one));
            outcome.catch(() => undefined);
            outcomes.set(one.title, outcome);
        }
    });

    after(() => server?.stop());

    for (const one of cases) {
        const skip = skipOf(one);
        if (skip) {
            it.skip(`${one.title} (MiniStack lacks ${skip.lacks})`);
            continue;
        }
        const known = knownOf(one);
        const title = known
            ? `${one.title}: known to differ in ${known.join(", ")} (${one.source})`
            : `${one.title} (${one.source})`;
        it(title, async () => {
            const first = await outcomes.get(one.title)?.catch(() => undefined);
            // The machine may have been too busy: once more, with nothing beside it.
            const outcome = first && isAs(known, first) ? first : await outcomeOf(one);
            if (known && isAs(known, outcome)) return;
            if (!known) assert.deepEqual(outcome, []);
            assert.deepEqual(
                respectsOf(outcome),
                [...(known ?? [])].sort(),
                "see step-functions/known-differences.ts",
            );
        });
    }

    it("never writes on MiniStack the events that are listed as unwritten", () => {
        const wrong = UNWRITTEN.filter(({ type }) => written.has(type));
        assert.deepEqual(wrong, []);
        assert.ok(written.has("TaskSucceeded"));
    });

    it("has no difference or skip for a case that does not exist, and none twice", () => {
        const titles = new Set(cases.map(({ title }) => title));
        const listed = knownDifferences.flatMap((difference) => Object.keys(difference.cases));
        assert.deepEqual(
            listed.filter((title) => !titles.has(title)),
            [],
        );
        assert.equal(new Set(listed).size, listed.length);
        for (const skip of skips) assert.ok(cases.some(skip.applies), skip.lacks);
    });
});

function skipOf(one: Case): (typeof skips)[number] | undefined {
    return skips.find((skip) => skip.applies(one));
}

function knownOf({ title }: Case): readonly Respect[] | undefined {
    return knownDifferences.map((difference) => difference.cases[title]).find((respects) => respects);
}

function respectsOf(outcome: readonly Difference[]): Respect[] {
    return [...new Set(outcome.map(({ respect }) => respect))].sort();
}

function isAs(known: readonly Respect[] | undefined, outcome: readonly Difference[]): boolean {
    return respectsOf(outcome).join() === [...(known ?? [])].sort().join();
}

/** Runs the work that it gets, at most `limit` at a time. */
function queue(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
    const waiting: (() => void)[] = [];
    let free = limit;
    return async (work) => {
        if (free > 0) free--;
        else await new Promise<void>((resolve) => waiting.push(resolve));
        try {
            return await work();
        } finally {
            const next = waiting.shift();
            if (next) next();
            else free++;
        }
    };
}

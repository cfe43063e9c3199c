/**
 * The embedded table against other people's implementations of DynamoDB: named cases, and random requests. FUZZ_RUNS sets the number of
 * random sequences, FUZZ_SEED the seed.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { cases } from "../cases/dynamodb/index.ts";
import { requests } from "../cases/dynamodb/suite.ts";
import type { Request } from "../cases/dynamodb/suite.ts";
import { answersOf, streamOf } from "./compare.ts";
import type { Answer } from "./compare.ts";
import { AmazonsLocal, Dynalite, Embedded } from "./implementations.ts";
import { describeOnLocal } from "./describe-on-local.ts";
import { knownDifferences } from "./known-differences.ts";
import { linesOf, readRecording, recordedCases } from "./recording.ts";
import { allRequests } from "./requests.ts";
import { Verdict } from "./verdict.ts";

const fuzz = {
    numRuns: Number(process.env["FUZZ_RUNS"] ?? 250),
    seed: Number(process.env["FUZZ_SEED"] ?? 20_261_123),
};
const ours = new Embedded();

/** Tests all cases, and that some case still shows each known difference. */
function compareCases(
    verdict: Verdict,
    difference: (all: readonly Request[]) => Promise<string | undefined>,
): void {
    let ran = 0;
    for (const { title, requests } of cases) {
        it(title, async () => {
            ran++;
            assert.equal(await difference(requests), undefined);
        });
    }
    it("shows every difference that is listed as known", function () {
        if (ran < cases.length) this.skip();
        const gone = verdict.unused().map(({ about, ours, theirs }) => ({ about, ours, theirs }));
        assert.deepEqual(gone, [], "remove them from known-differences.ts");
    });
}

describe("DynamoDB", () => {
    describeOnLocal("Amazon's DynamoDB Local", (endpoint) => {
        const verdict = new Verdict("DynamoDB Local", knownDifferences);
        const given = new Map<readonly Request[], readonly Answer[]>();
        let theirs: AmazonsLocal | undefined;
        before(async () => {
            theirs = await AmazonsLocal.start(endpoint());
        });
        after(() => theirs?.stop());

        async function difference(requests: readonly Request[]): Promise<string | undefined> {
            assert.ok(theirs);
            const mine = [...(await answersOf(ours, requests)), ...(await streamOf(ours))];
            const others = await answersOf(theirs, requests);
            given.set(requests, others);
            return verdict.difference(mine, [...others, ...(await streamOf(theirs))]);
        }

        compareCases(verdict, difference);

        it("answers the cases as it is recorded for npm test (npm run conformance:record)", function () {
            const asked = recordedCases.filter(({ requests }) => given.has(requests));
            if (asked.length < recordedCases.length) this.skip();
            const answers = asked.map(({ title, requests }) => [title, linesOf(given.get(requests) ?? [])]);
            assert.deepEqual(Object.fromEntries(answers), readRecording());
        });

        it("is answered alike, stream and all, for random requests, right and wrong", async () => {
            const before = verdict.compared;
            await fc.assert(
                fc.asyncProperty(allRequests, async (sequence) => {
                    assert.equal(await difference(sequence), undefined);
                }),
                fuzz,
            );
            const compared = verdict.compared - before;
            process.stdout.write(
                `DynamoDB Local: seed ${fuzz.seed}, ${fuzz.numRuns} sequences, ${compared} answers compared\n`,
            );
        });
    });

    describe("dynalite", () => {
        const verdict = new Verdict("dynalite", knownDifferences);
        let theirs: Dynalite;
        before(async () => {
            theirs = await Dynalite.start();
        });
        after(() => theirs.stop());

        const difference = async (all: readonly Request[]): Promise<string | undefined> =>
            verdict.difference(await answersOf(ours, all), await answersOf(theirs, all));

        compareCases(verdict, difference);

        /*
         * The requests avoid what dynalite does otherwise than AWS says, so no difference is excused here:
         *
         * | Requests avoid                                 | Because dynalite                                             |
         * | ---------------------------------------------- | ------------------------------------------------------------ |
         * | `=` and `contains` on lists, maps and booleans | compares lists and maps by identity, not by content          |
         * | two paths compared that are both missing       | finds them equal                                             |
         * | empty strings, and false                       | takes them for absent in `size`, `IN` and `attribute_type`   |
         * | `IN` with a path that may be missing           | ends with an uncaught TypeError                              |
         * | two elements of one list in an update          | removes one after the other, so that the second index is off |
         * | SET of a path together with ADD or DELETE      | shares the value and changes it in both places               |
         * | `<` and the like on types without an order     | has no error for it                                          |
         * | equal sort keys in the index                   | orders them by a hash                                        |
         * | consumed capacity                              | leaves out the writes to local indexes                       |
         * | TransactWriteItems                             | does not have it                                             |
         *
         * The words after `Syntax error;` are not compared: dynalite has those of its parser generator.
         */
        it("answers random requests, right and wrong, as the embedded table does", async () => {
            const strict = new Verdict("dynalite", []);
            await fc.assert(
                fc.asyncProperty(requests, async (sequence) => {
                    const mine = await answersOf(ours, sequence);
                    assert.equal(strict.difference(mine, await answersOf(theirs, sequence)), undefined);
                }),
                { ...fuzz, numRuns: Math.ceil(fuzz.numRuns * 0.4) },
            );
        });
    });
});

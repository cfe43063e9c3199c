import assert from "node:assert/strict";
import { answersOf } from "../../../conformance/dynamodb/compare.ts";
import { Embedded } from "../../../conformance/dynamodb/implementations.ts";
import { knownDifferences } from "../../../conformance/dynamodb/known-differences.ts";
import { readRecording, recordedAnswers, recordedCases } from "../../../conformance/dynamodb/recording.ts";
import { Verdict } from "../../../conformance/dynamodb/verdict.ts";

describe("DynamoDB, as Amazon's DynamoDB Local answers", () => {
    const recording = readRecording();
    const verdict = new Verdict("DynamoDB Local", knownDifferences);
    const embedded = new Embedded();

    for (const { title, requests } of recordedCases) {
        it(title, async () => {
            const ours = await answersOf(embedded, requests);
            assert.equal(verdict.difference(ours, recordedAnswers(recording, title)), undefined);
        });
    }

    it("is recorded for these cases and no others (npm run conformance:record)", () => {
        assert.deepEqual(
            Object.keys(recording),
            recordedCases.map(({ title }) => title),
        );
    });
});

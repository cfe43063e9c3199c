/** The data of a small run whose messages have bad intentions. */
import { FORMAT } from "../../../cli/page/data.ts";
import type { RunData } from "../../../cli/page/data.ts";

/** It would run if anything in the page took text for markup. */
export const HOSTILE = `</script><script>window.broken=1</script><!--<img src=x onerror="window.broken=1">'"&\u2028`;

export function hostileRun(): RunData {
    return {
        format: FORMAT,
        stack: HOSTILE,
        verdict: { kind: "failed", sentence: `1 job of 2 failed. ${HOSTILE}` },
        numbers: [{ name: HOSTILE, value: HOSTILE }],
        settings: [{ name: "Stack", value: HOSTILE }],
        failures: [{ cause: HOSTILE, count: 1, first: HOSTILE }],
        startedAt: 0,
        took: 10_000,
        groups: [HOSTILE],
        messages: {
            labels: [HOSTILE, "line 2"],
            ids: ["id-1", "id-2"],
            groups: [0, 0],
            sent: [0, 5],
            phases: [
                [0, 1000, 1, 500, 2, 3000, 4, 100],
                [0, 4000, 2, 3000, 4, 100],
            ],
            outcomes: [2, 1],
            runs: [[["jr_1", "FAILED", HOSTILE]], [["jr_2", "SUCCEEDED"]]],
            causes: { 0: HOSTILE },
            bodies: [HOSTILE, "{}"],
        },
        gate: { after: [1000, 3500], holders: [1, 0], limits: [1, 1] },
    };
}

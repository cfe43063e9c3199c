/** The data of a long run: 100 slots, jobs of some minutes, one in fifty tried again. */
import { createHash } from "node:crypto";
import { Random } from "../../embedded-aws/index.ts";
import { FORMAT } from "../../cli/page/data.ts";
import type { RunData, RunRecord } from "../../cli/page/data.ts";

const SLOTS = 100;

export function longRun(count: number): RunData {
    const random = new Random(1);
    const numbers = Array.from({ length: count }, (_, i) => i);
    const id = (text: string): string => createHash("sha256").update(text).digest("hex");
    const startOf = (i: number): number => Math.floor(i / SLOTS) * 360_000 + (i % SLOTS) * 700;
    const phases = numbers.map((i) => {
        const first = [
            0,
            startOf(i) + 200,
            1,
            random.integer(8_000, 40_000),
            2,
            random.integer(60_000, 240_000),
            3,
            640,
            4,
        ];
        const again = [random.integer(0, 60_000), 5, 30_000, 0, 900, 1, 20_000, 2, 90_000, 3, 640, 4];
        return [...first, ...(i % 50 === 0 ? again : []), random.integer(0, 60_000)];
    });
    const runs = numbers.map((i): RunRecord[] => {
        const last: RunRecord = [`jr_${id(`${i}`)}`, "SUCCEEDED"];
        return i % 50 === 0 ? [[`jr_${id(`first ${i}`)}`, "FAILED"], last] : [last];
    });
    return {
        format: FORMAT,
        stack: "dev",
        verdict: { kind: "good", sentence: `All ${count} jobs are done.` },
        numbers: [],
        settings: [],
        failures: [],
        startedAt: 0,
        took: startOf(count) + 600_000,
        groups: Array.from({ length: 10 }, (_, i) => `group-${i}`),
        messages: {
            labels: numbers.map((i) => `message ${i + 1}`),
            ids: numbers.map((i) => id(`message ${i}`).slice(0, 36)),
            groups: numbers.map((i) => i % 10),
            sent: numbers.map((i) => i * 10),
            phases,
            outcomes: numbers.map(() => 1),
            runs,
        },
        gate: {
            after: numbers.flatMap(() => [150, 1750]),
            holders: numbers.flatMap(() => [SLOTS, SLOTS - 1]),
            limits: numbers.flatMap(() => [SLOTS, SLOTS]),
        },
    };
}

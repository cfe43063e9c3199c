import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { Readable } from "node:stream";
import type { PlanOptions } from "../../../cli/plan/options.ts";
import { planOf, warnOfLength } from "../../../cli/plan/plan.ts";
import { toText } from "../../../cli/plan/plan-report.ts";
import { withLimit } from "../../../cli/plan/with-limit.ts";
import type { Plan } from "../../../cli/plan/plan-report.ts";
import { recorded } from "../../stack/test-stack.ts";
import { ROOT, runTurnstile } from "../command-line.ts";
import type { Outcome } from "../command-line.ts";

interface TrialJson {
    readonly limit: number;
    readonly makespanSeconds: number;
    readonly waitSeconds: Readonly<Record<"median" | "p95" | "longest", number>>;
    readonly usage: { readonly transitions: number };
    readonly dollars: number;
    readonly glueDollars: number;
}

interface PlanJson {
    readonly format: string;
    readonly pricesDated: string;
    readonly limits: readonly TrialJson[];
    readonly doneBy?: { readonly seconds: number; readonly lowest: TrialJson | null };
}

const LOAD = ["plan", "--jobs", "12", "--minutes", "5", "--spread", "0"];
const MINUTE = 60;

function planned(...args: string[]): Promise<Outcome> {
    return runTurnstile([...LOAD, ...args]);
}

describe("turnstile plan", () => {
    let plan: PlanJson;
    before(async () => {
        const { code, out, error } = await planned("--limits", "4,1,2", "--done-by", "30m", "--json");
        assert.equal(code, 0, error);
        plan = JSON.parse(out) as PlanJson;
    });

    it("runs the batch at each limit, from the lowest", () => {
        assert.equal(plan.format, "turnstile.plan/1.0");
        assert.deepEqual(
            plan.limits.map(({ limit }) => limit),
            [1, 2, 4],
        );
        for (const { limit, makespanSeconds } of plan.limits) {
            const ideal = (12 / limit) * 5 * MINUTE;
            // Each job takes Glue up to 40 s to start.
            assert.ok(
                makespanSeconds > ideal && makespanSeconds < ideal * 1.2,
                `${limit}: ${makespanSeconds}`,
            );
        }
    });

    it("says how long jobs wait", () => {
        for (const { waitSeconds, makespanSeconds } of plan.limits) {
            const { median, p95, longest } = waitSeconds;
            assert.ok(0 < median && median <= p95 && p95 <= longest && longest < makespanSeconds);
        }
    });

    it("says what AWS charges, without Glue", () => {
        for (const { dollars, usage } of plan.limits) {
            assert.ok(dollars > usage.transitions * 0.000025 && dollars < 0.01);
        }
    });

    it("says what Glue charges for jobs of that capacity", () => {
        const hours = (12 * 5) / 60;
        for (const { glueDollars } of plan.limits)
            assert.equal(glueDollars.toFixed(4), (hours * 0.0625 * 0.44).toFixed(4));
    });

    it("finds the lowest limit that is done in time", () => {
        assert.equal(plan.doneBy?.seconds, 30 * MINUTE);
        assert.equal(plan.doneBy?.lowest?.limit, 3);
    });

    it("prints the same in a process of its own, with each limit on standard error", () => {
        const args = [path.join(ROOT, "cli/main.ts"), ...LOAD, "--limits", "2"];
        const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
        assert.equal(status, 0, stderr);
        const [two] = plan.limits.slice(1);
        assert.match(
            stdout,
            /^12 jobs of 5 min, sent at once\nstack dev, seed 1, prices of us-east-1, \d{4}-/,
        );
        assert.match(stdout, /^ {4}2 {2}3\d min/m);
        assert.ok(
            two &&
                Math.floor(two.makespanSeconds / MINUTE) === Number(/^ {4}2 {2}(\d+) min/m.exec(stdout)?.[1]),
        );
        assert.equal(stderr, "limit 2: 12 jobs\n");
    });

    /** Plans for the program as other tests have recorded it. */
    async function tried(
        given: Partial<PlanOptions>,
        stop?: (stopIt: () => void) => void,
    ): Promise<[number, string]> {
        const options = { stack: "dev", jobs: 12, minutes: 5, spread: 20, limits: [1], seed: 1, json: false };
        let out = "";
        const interrupts = { exitCode: stop && 130, handle: (stopIt: () => void) => stop?.(stopIt) };
        const streams = {
            stdin: Readable.from([]),
            stdout: { write: (text: string) => ((out += text), true) },
            stderr: { write: () => true },
        };
        const around = { root: ROOT, cwd: ROOT, env: {}, interrupts, ...streams };
        return [await planOf(await recorded(), { ...options, ...given }, around), out];
    }

    it("ends with Ctrl-C, and prints nothing", async () => {
        assert.deepEqual(await tried({}, (stopIt) => void setImmediate(stopIt)), [130, ""]);
    });

    it("refuses jobs that would run into the job's timeout", async () => {
        const message = "Jobs of up to 720 min would run into the timeout of the stack's job, 60 min";
        await assert.rejects(tried({ minutes: 600 }), { message, exitCode: 2 });
    });

    it("says first that a run takes long", async () => {
        let said = "";
        const stderr = { write: (text: string) => ((said += text), true) };
        warnOfLength({ jobs: 10_000, minutes: 5, limits: [1, 2] }, { stderr });
        assert.match(
            said,
            /^turnstile: 2 runs of 10,000 jobs take about \d min[^\n]* here; Ctrl-C ends them\n$/,
        );
        said = "";
        warnOfLength({ jobs: 500, minutes: 5, limits: [1, 2] }, { stderr });
        assert.equal(said, "");
    });

    it("says in one line that there is no such stack", async () => {
        const { code, error } = await planned("--stack", "nowhere");
        assert.equal(code, 5);
        assert.match(error, /^turnstile: There is no stack 'nowhere'[^\n]*\n$/);
    });

    const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
        ["no number of jobs", ["plan", "--minutes", "5"], /required option '--jobs <n>' not specified/],
        ["no duration", ["plan", "--jobs", "5"], /required option '--minutes <m>' not specified/],
        ["no jobs", ["plan", "--jobs", "0", "--minutes", "5"], /whole number from 1 to 100000/],
        ["too many jobs", ["plan", "--jobs", "100001", "--minutes", "5"], /whole number from 1 to 100000/],
        ["a duration of nothing", ["plan", "--jobs", "5", "--minutes", "0"], /number from 0.1 to 10080/],
        ["a duration that is none", ["plan", "--jobs", "5", "--minutes", "5m"], /number from 0.1 to 10080/],
        ["a limit of 0", [...LOAD, "--limits", "0,1"], /whole numbers from 1 to 1000 with commas/],
        ["a limit that is none", [...LOAD, "--limits", "1,,2"], /whole numbers from 1 to 1000 with commas/],
        [
            "too many limits",
            [...LOAD, "--limits", Array.from({ length: 21 }, (_, i) => i + 1).join()],
            /at most 20/,
        ],
        ["a time that is none", [...LOAD, "--done-by", "soon"], /a time such as 90m or 6h, or a date/],
        [
            "a date without a zone",
            [...LOAD, "--done-by", "2027-01-31T06:00"],
            /date and a time with its zone/,
        ],
        [
            "a time that has passed",
            [...LOAD, "--done-by", "2020-01-31T06:00Z"],
            /2020-01-31T06:00:00.000Z has passed/,
        ],
        [
            "a batch that waits for over a year",
            ["plan", "--jobs", "100000", "--minutes", "60"],
            /With a limit of 1, 100,000 jobs of 60 min take 4166 d 16 h; an execution waits a year at most/,
        ],
    ];
    for (const [what, args, message] of wrong) {
        it(`refuses ${what}, with exit code 2`, async () => {
            const { code, out, error } = await runTurnstile(args);
            assert.deepEqual([code, out], [2, ""]);
            assert.match(error, message);
        });
    }
});

describe("The report of turnstile plan", () => {
    const options = {
        stack: "dev",
        jobs: 500,
        minutes: 5,
        spread: 20,
        limits: [1, 10],
        seed: 1,
        json: false,
    };
    const timings = { idealMakespan: 1, idleMedian: 1, idle95: 1, busy: 1 };
    const usage = {
        transitions: 4000,
        writeUnits: 9000,
        readUnits: 1,
        invocations: 1,
        gigabyteSeconds: 1,
        queueRequests: 1,
        notifications: 1,
    };
    const trialAt = (limit: number): Plan["trials"][number] => ({
        limit,
        timings: {
            ...timings,
            makespan: 151_200 / limit,
            waitMedian: 75_600 / limit,
            wait95: 143_640 / limit,
            waitLongest: 150_900 / limit,
        },
        usage,
        dpuSeconds: 9375,
        logBytes: 1,
        metrics: new Set<string>(),
    });
    const plan: Plan = {
        options,
        region: "us-east-1",
        hasOwnJob: true,
        trials: [trialAt(1), trialAt(10)],
    };
    const print = (given: Partial<Plan>, columns?: number, env = {}): string =>
        toText({ ...plan, ...given }, { env, stdout: { write: () => true, ...(columns && { columns }) } });

    it("has a bar for each limit, as long as the batch takes", () => {
        const bars = [...print({}).matchAll(/^ +(\d+) {2}([#.]+) /gm)].map(([, limit, bar = ""]) => [
            limit,
            bar.length,
        ]);
        assert.deepEqual(bars, [
            ["1", 60],
            ["10", 6],
        ]);
    });

    for (const columns of [60, 80, 120]) {
        it(`fits ${columns} columns`, () => {
            const table = print({}, columns).split("\n").slice(0, -2);
            for (const line of table) assert.ok(line.length <= columns, line);
        });
    }

    it("leaves out the longest wait where the terminal is too narrow for it", () => {
        const trial = trialAt(1);
        const minutes = { makespan: 1660, waitMedian: 749, wait95: 1479, waitLongest: 1567 };
        const trials = [{ ...trial, timings: { ...trial.timings, ...minutes } }];
        const table = print({ trials }, 60).split("\n").slice(3, 5);
        assert.match(table[0] ?? "", /^LIMIT ALL DONE +WAIT MEDIAN 95 % +TURNSTILE$/);
        for (const line of table) assert.ok(line.length <= 60, line);
        assert.match(print({ trials }, 80), /95 % +LONGEST/);
    });

    for (const hasOwnJob of [true, false]) {
        it(`ends in sentences of at most 80 characters ${hasOwnJob ? "with" : "without"} a job of its own`, () => {
            for (const line of print({ hasOwnJob }, 80).split("\n")) assert.ok(line.length <= 80, line);
        });
    }

    it("draws blocks where the locale is UTF-8", () => {
        assert.match(print({}, 80, { LANG: "en_US.UTF-8", TERM: "xterm" }), /█+░+/);
    });

    it("draws plain ASCII on a dumb terminal", () => {
        const text = print({}, 80, { LANG: "en_US.UTF-8", TERM: "dumb" });
        assert.match(text, /#+\.+/);
        assert.doesNotMatch(text, /[█░]/);
    });

    it("has units in the place of dollars where there are no prices of the region", () => {
        const text = print({ region: "eu-central-1" });
        assert.match(text, /no prices of eu-central-1/);
        assert.match(text, /TRANSITIONS {2}WRITE UNITS\n.* 4,000 +9,000\n/);
        assert.doesNotMatch(text, /\$/);
    });

    it("says that Glue's charge is not known where the program uses a job that is there already", () => {
        assert.match(print({ hasOwnJob: false }), /Glue's charge for the jobs is not known/);
    });

    it("adds the lowest limit that is done in time to the table", () => {
        const text = print({ doneBy: { seconds: 36_000, trial: trialAt(5) } });
        assert.match(text, /^ {4}5 {2}8 h 24 min/m);
        assert.match(text, /lowest limit that is done within 10 h: 5\./);
    });

    it("says that no limit is done in time", () => {
        const text = print({ doneBy: { seconds: 60, trial: undefined } });
        assert.match(text, /No limit is done within 1 min\. The best of those tried takes 4 h 12 min\./);
    });
});

describe("A recorded program with another limit", () => {
    it("has the settings, and a job for as many runs, as if it were configured so", async () => {
        const program = await recorded();
        const configured = await recorded({ limit: "40" });
        const changed = (found: typeof program): unknown[] =>
            found.resources
                .filter(({ type }) => ["aws:dynamodb/tableItem:TableItem", "aws:glue/job:Job"].includes(type))
                .map(({ name, inputs }) => [name, inputs["item"], inputs["executionProperty"]]);
        assert.deepEqual(changed(withLimit(program, 40)), changed(configured));
        assert.notDeepEqual(changed(program), changed(configured));
    });
});

/**
 * Prints a test run: a line for each outermost suite, every failure with its difference and stack, and at the end one plain
 * line, `N passed, N failed`, for people and machines. On a terminal one line of progress replaces the suites that passed.
 */
import Mocha from "mocha";

const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING } =
    Mocha.Runner.constants;
const { Base } = Mocha.reporters;

/** The outermost suite whose tests are ending. */
interface Group {
    readonly title: string;
    passed: number;
    failed: number;
    skipped: number;
    milliseconds: number;
}

export default class Reporter extends Base {
    private readonly live = process.stdout.isTTY;
    private readonly slow: Mocha.Test[] = [];
    private readonly total = { passed: 0, failed: 0, skipped: 0 };
    private group: Group | undefined;

    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        const started = performance.now();
        runner.on(EVENT_RUN_BEGIN, () => this.showProgress());
        runner.on(EVENT_TEST_PASS, (test) => {
            if (test.speed === "slow") this.slow.push(test);
            this.add(test, "passed");
        });
        runner.on(EVENT_TEST_FAIL, (test) => this.add(test, "failed"));
        runner.on(EVENT_TEST_PENDING, (test) => this.add(test, "skipped"));
        runner.once(EVENT_RUN_END, () => {
            this.closeGroup();
            this.clearProgress();
            this.conclude(performance.now() - started);
        });
    }

    /** Mocha exits with the number that this passes on. A run without any test fails: mocha's own `failZero` counts by file. */
    override done(failures: number, end?: (failures: number) => void): void {
        end?.(this.hasRun() ? failures : Math.max(1, failures));
    }

    private hasRun(): boolean {
        return this.total.passed + this.total.failed + this.total.skipped > 0;
    }

    private add(test: Mocha.Runnable, outcome: "passed" | "failed" | "skipped"): void {
        const title = test.titlePath()[0] ?? test.title;
        if (this.group?.title !== title) {
            this.closeGroup();
            this.group = { title, passed: 0, failed: 0, skipped: 0, milliseconds: 0 };
        }
        this.group[outcome]++;
        this.group.milliseconds += test.duration ?? 0;
        this.total[outcome]++;
        this.showProgress();
    }

    private closeGroup(): void {
        const group = this.group;
        this.group = undefined;
        if (!group || (this.live && group.failed === 0)) return;
        this.clearProgress();
        const { title, passed, failed, skipped, milliseconds } = group;
        const mark = failed > 0 ? Base.color("fail", "✖") : Base.color("checkmark", "✔");
        const counts = [`${passed} of ${passed + failed + skipped}`, duration(milliseconds)].join(", ");
        Base.consoleLog(`${mark} ${title} ${Base.color("light", `(${counts})`)}`);
    }

    private conclude(milliseconds: number): void {
        if (!this.hasRun()) Base.consoleLog("no test ran: none matches the command line");
        if (this.total.failed > 0) Base.list(this.failures);
        this.slow.sort((a, b) => (b.duration ?? 0) - (a.duration ?? 0));
        for (const test of this.slow.slice(0, 5)) {
            Base.consoleLog(
                Base.color("light", `slow, ${duration(test.duration ?? 0)}: ${test.fullTitle()}`),
            );
        }
        Base.consoleLog(Base.color("light", `took ${duration(milliseconds)}`));
        Base.consoleLog(summary(this.total));
    }

    private showProgress(): void {
        if (!this.live) return;
        const line = [summary(this.total), this.group?.title ?? ""].join("  ");
        process.stdout.write(`\r\u001b[2K${line.slice(0, process.stdout.columns - 1)}`);
    }

    private clearProgress(): void {
        if (this.live) process.stdout.write("\r\u001b[2K");
    }
}

function summary({ passed, failed, skipped }: { passed: number; failed: number; skipped: number }): string {
    return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function duration(milliseconds: number): string {
    return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}

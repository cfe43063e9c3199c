/** How the reaper finds an execution's run among very many, with a Glue that has them all. */
import assert from "node:assert/strict";
import type { Search } from "../../slots/table.ts";
import type { Run } from "../../slots/completion.ts";
import { findRuns } from "../../functions/reaper/runs.ts";
import type { Known, Unknown } from "../../functions/reaper/runs.ts";
import { awsError } from "./fake-aws.ts";

const NOON = Date.parse("2026-03-01T12:00:00Z");
const SECOND = 1000;

/** A job whose runs are started one a second, the last one at noon. A token of its list is the id of a page's first run. */
class Glue {
    readonly runs: { Id: string; JobRunState: string; StartedOn: Date; Arguments: Record<string, string> }[] =
        [];
    pages = 0;
    present = NOON;
    /** How far the reaper's clock is ahead: milliseconds. */
    clockOffset = 0;
    isDeleted = false;
    /** Called before each page is listed, with how many were. */
    onPage: (pages: number) => void = () => undefined;
    /** Tokens of an earlier age are refused. */
    age = 0;

    constructor(others: number) {
        this.present -= (others + 1) * SECOND;
        this.start("a/1/0", "SUCCEEDED");
        for (let i = 0; i < others; i++) this.start(`other-${i}/1/0`, "RUNNING");
    }

    start(holder: string, JobRunState: string): void {
        this.present += SECOND;
        const Id = `jr_${this.runs.length}`;
        const StartedOn = new Date(this.present);
        this.runs.push({ Id, JobRunState, StartedOn, Arguments: { "--turnstile-holder": holder } });
    }

    readonly send = ((command: { constructor: { name: string }; input: never }) =>
        Promise.resolve().then(() =>
            command.constructor.name === "GetJobRunCommand"
                ? this.one(command.input)
                : this.list(command.input),
        )) as never;

    private one({ RunId }: { RunId: string }): object {
        const JobRun = this.runs.find(({ Id }) => Id === RunId);
        if (!JobRun) throw awsError("EntityNotFoundException");
        return { JobRun };
    }

    private list({ NextToken, MaxResults }: { NextToken?: string; MaxResults: number }): object {
        this.onPage(this.pages);
        if (this.isDeleted) throw awsError("EntityNotFoundException");
        const [age, place] = NextToken?.split(":") ?? [this.age, this.runs.length - 1];
        if (Number(age) !== this.age) throw awsError("InvalidInputException");
        this.pages++;
        const first = Number(place);
        const last = Math.max(-1, first - MaxResults);
        const JobRuns = this.runs.slice(last + 1, first + 1).reverse();
        return { JobRuns, ...(last >= 0 && { NextToken: `${this.age}:${last}` }) };
    }
}

/** The row of execution `a`, and what is known of its runs. */
class Row implements Known {
    search: Search | undefined;
    readonly known: string[] = [];
    losses = 0;
    ids(): Promise<readonly string[]> {
        return Promise.resolve(this.known);
    }
    keep(search: Search): Promise<void> {
        // As the table keeps it.
        this.search = JSON.parse(JSON.stringify(search)) as Search;
        return Promise.resolve();
    }
    lost(): void {
        this.losses++;
    }
}

/** One invocation that looks for the runs of holder `a/1/0`. */
function look(
    glue: Glue,
    row: Row,
    since = glue.runs[0]?.StartedOn.getTime() ?? 0,
): Promise<readonly Run[] | Unknown> {
    return findRuns(glue, () => glue.present + glue.clockOffset).ofHolder("job", "a/1/0", since, row);
}

async function lookUntilFound(
    glue: Glue,
    row: Row,
    between = (): void => undefined,
): Promise<readonly Run[] | Unknown> {
    for (let invocation = 1; invocation < 10; invocation++) {
        const found = await look(glue, row);
        if (found !== "searching") return found;
        between();
    }
    return "searching";
}

const states = (found: readonly Run[] | Unknown): unknown =>
    typeof found === "string" ? found : found.map(({ id, state }) => `${id} ${state}`).sort();

describe("The search for a run behind very many newer ones", () => {
    it("finds it after as many invocations as it takes, each of which reads a hundred pages at most", async () => {
        const glue = new Glue(50_000);
        const row = new Row();
        const pages: number[] = [];
        let found: readonly Run[] | Unknown = "searching";
        while (found === "searching" && pages.length < 9) {
            glue.pages = 0;
            found = await look(glue, row);
            pages.push(glue.pages);
        }
        assert.deepEqual(states(found), ["jr_0 SUCCEEDED"]);
        assert.ok(pages.length > 2 && pages.every((count) => count <= 100), pages.join());
    });

    it("reads on where it stopped, and reads no page twice but the newest", async () => {
        const glue = new Glue(50_000);
        await lookUntilFound(glue, new Row());
        assert.ok(glue.pages <= 251 + 4 * 6, String(glue.pages));
    });

    for (const [what, clockOffset] of [
        ["", 0],
        [", however far its clock is ahead of Glue's", 600 * SECOND],
    ] as const) {
        it(`misses none that was started meanwhile${what}`, async () => {
            const glue = new Glue(50_000);
            glue.clockOffset = clockOffset;
            const found = await lookUntilFound(glue, new Row(), () => {
                glue.start("a/1/0", "RUNNING");
                for (let i = 0; i < 2000; i++) glue.start(`later-${i}/1/0`, "RUNNING");
            });
            assert.ok(typeof found !== "string" && found.length > 2);
            assert.deepEqual(
                found.map(({ id }) => id).sort(),
                glue.runs
                    .filter((run) => run.Arguments["--turnstile-holder"] === "a/1/0")
                    .map(({ Id }) => Id)
                    .sort(),
            );
        });
    }

    it("misses none although more than one invocation can read was started meanwhile", async () => {
        const glue = new Glue(50_000);
        let times = 0;
        const found = await lookUntilFound(glue, new Row(), () => {
            if (++times !== 2) return;
            for (let i = 0; i < 15_000; i++) glue.start(`later-${i}/1/0`, "RUNNING");
            glue.start("a/1/0", "RUNNING");
            for (let i = 0; i < 15_000; i++) glue.start(`latest-${i}/1/0`, "RUNNING");
        });
        assert.deepEqual(states(found), ["jr_0 SUCCEEDED", "jr_65001 RUNNING"]);
    });

    it("knows the present state of a run that it found in an earlier invocation", async () => {
        const glue = new Glue(50_000);
        const row = new Row();
        const [first] = glue.runs;
        assert.ok(first);
        first.JobRunState = "RUNNING";
        assert.deepEqual(states(await lookUntilFound(glue, row)), ["jr_0 RUNNING"]);
        first.JobRunState = "FAILED";
        assert.deepEqual(states(await look(glue, row)), ["jr_0 FAILED"]);
    });

    it("lists only what is new once it has come to its end", async () => {
        const glue = new Glue(50_000);
        const row = new Row();
        await lookUntilFound(glue, row);
        glue.pages = 0;
        glue.start("a/1/0", "RUNNING");
        assert.deepEqual(states(await look(glue, row)), ["jr_0 SUCCEEDED", "jr_50001 RUNNING"]);
        assert.ok(glue.pages <= 5, String(glue.pages));
    });

    it("begins again when Glue takes its token no more, and says so", async () => {
        const glue = new Glue(50_000);
        const row = new Row();
        assert.equal(await look(glue, row), "searching");
        glue.age++;
        assert.deepEqual(states(await lookUntilFound(glue, row)), ["jr_0 SUCCEEDED"]);
        assert.equal(row.losses, 1);
    });

    it("keeps what it has found when it begins again", async () => {
        const glue = new Glue(30_000);
        glue.start("a/1/0", "RUNNING");
        const row = new Row();
        assert.equal(await look(glue, row), "searching");
        glue.age++;
        for (let i = 0; i < 30_000; i++) glue.start(`later-${i}/1/0`, "RUNNING");
        assert.equal(await look(glue, row), "searching");
        assert.deepEqual([row.losses, row.search?.runs], [1, ["jr_30001"]]);
    });

    it("tries again later when Glue fails otherwise, from where it was", async () => {
        const glue = new Glue(50_000);
        const row = new Row();
        await look(glue, row);
        const kept = row.search;
        glue.onPage = () => {
            throw awsError("ThrottlingException");
        };
        await assert.rejects(look(glue, row), { name: "ThrottlingException" });
        assert.deepEqual([row.losses, row.search], [0, kept]);
    });

    it("is not made where the run's id is known: a thousand newer runs, then the id", async () => {
        const glue = new Glue(50_000);
        const row = new Row();
        row.known.push("jr_0");
        assert.deepEqual(states(await look(glue, row)), ["jr_0 SUCCEEDED"]);
        assert.deepEqual([glue.pages, row.search], [5, undefined]);
    });

    it("is not made for a run among the newest thousand", async () => {
        const glue = new Glue(900);
        const row = new Row();
        assert.deepEqual(states(await look(glue, row)), ["jr_0 SUCCEEDED"]);
        assert.equal(row.search, undefined);
    });

    for (const [what, looks] of [
        ["at once", 0],
        ["between two invocations", 1],
    ] as const) {
        it(`proves nothing when the job is deleted ${what}`, async () => {
            const glue = new Glue(50_000);
            const row = new Row();
            for (let i = 0; i < looks; i++) await look(glue, row);
            glue.isDeleted = true;
            assert.equal(await look(glue, row), "job deleted");
        });
    }

    for (const [what, looks] of [
        ["of its first pass", 0],
        ["of a later invocation", 1],
    ] as const) {
        it(`proves nothing when the job is deleted while a page ${what} is read`, async () => {
            const glue = new Glue(50_000);
            const row = new Row();
            for (let i = 0; i < looks; i++) await look(glue, row);
            glue.pages = 0;
            glue.onPage = (pages) => void (glue.isDeleted ||= pages === 20);
            assert.equal(await look(glue, row), "job deleted");
        });
    }

    it("lists as far as a job goes that somebody deleted and made again since", async () => {
        const glue = new Glue(50_000);
        const row = new Row();
        await look(glue, row);
        glue.runs.splice(0);
        glue.age++;
        assert.deepEqual(await look(glue, row), []);
    });

    it("begins anew for another job, and for a run that may be older", async () => {
        for (const change of [{ job: "before" }, { floor: new Date(NOON).toISOString() }]) {
            const glue = new Glue(50_000);
            const row = new Row();
            await look(glue, row);
            row.search = { ...(row.search as Search), ...change };
            glue.pages = 0;
            assert.equal(await look(glue, row), "searching");
            assert.equal(glue.pages, 100);
            assert.equal(row.search.job, "job");
            assert.equal(row.search.floor, glue.runs[0]?.StartedOn.toISOString());
        }
    });

    it("goes on later for the second of two executions when the first one's has used up the invocation", async () => {
        const glue = new Glue(50_000);
        const rows = [new Row(), new Row()];
        for (const row of rows) await look(glue, row);
        const kept = rows.map(({ search }) => search?.next);
        const runs = findRuns(glue, () => glue.present);
        const since = glue.runs[0]?.StartedOn.getTime() ?? 0;
        for (const row of rows) assert.equal(await runs.ofHolder("job", "a/1/0", since, row), "searching");
        assert.notEqual(rows[0]?.search?.next, kept[0]);
        assert.equal(rows[1]?.search?.next, kept[1]);
    });

    it("keeps nothing when no page of this invocation is left for it", async () => {
        const glue = new Glue(50_000);
        const [first, second] = [new Row(), new Row()];
        await look(glue, first);
        const runs = findRuns(glue, () => glue.present);
        const since = glue.runs[0]?.StartedOn.getTime() ?? 0;
        // The first one's listing is of another job, whose pages count all the same.
        first.search = { ...(first.search as Search), job: "other job" };
        assert.equal(await runs.ofHolder("other job", "a/1/0", since, first), "searching");
        assert.equal(await runs.ofHolder("job", "a/1/0", since, second), "searching");
        assert.equal(second.search, undefined);
    });
});

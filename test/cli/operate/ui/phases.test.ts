import assert from "node:assert/strict";
import { phasesOf } from "../../../../cli/operate/ui/phases.ts";
import type { Seen } from "../../../../cli/operate/ui/phases.ts";
import type { RunView } from "../../../../cli/operate/runs.ts";
import type { Row } from "../../../../slots/table.ts";

const SECOND = 1000;
const iso = (seconds: number): string => new Date(seconds * SECOND).toISOString();

function row(fields: Partial<Row>): Row {
    return {
        ...{ name: "m", messageId: "m", group: "g", bodyHash: "", execution: "e", job: "j", attempt: 1 },
        opened: iso(100),
        ...fields,
    };
}

function run(holder: string, from: number, to?: number): RunView {
    const end = to === undefined ? {} : { completedOn: to * SECOND };
    return {
        id: `jr_${holder}`,
        holder,
        state: to === undefined ? "RUNNING" : "FAILED",
        startedOn: from * SECOND,
        ...end,
    };
}

/** What was done until when, in seconds. */
function told(seen: Partial<Seen> & { readonly row: Row }): (readonly [string, number])[] {
    const phases = phasesOf({ runs: [], slot: undefined, now: 500 * SECOND, ...seen });
    return phases.map(([phase, to]) => [phase, to / SECOND]);
}

const slot = (since: number): Seen["slot"] => ({ since: since * SECOND });

describe("The phases of a message", () => {
    it("are one wait while it is in line", () => {
        assert.deepEqual(told({ row: row({ position: "wait#5", joined: iso(101) }) }), [["waiting", 500]]);
    });

    it("begin a start once it has a slot", () => {
        const seen = { row: row({ position: "run#", holder: "m/1/0" }), slot: slot(300) };
        assert.deepEqual(told(seen), [
            ["waiting", 300],
            ["starting", 500],
        ]);
    });

    it("are wait, start, run while its job runs", () => {
        const seen = {
            row: row({ position: "run#", holder: "m/1/0" }),
            slot: slot(300),
            runs: [run("m/1/0", 302)],
        };
        assert.deepEqual(told(seen), [
            ["waiting", 300],
            ["starting", 302],
            ["running", 500],
        ]);
    });

    it("cool down while the slot outlives its run", () => {
        const seen = {
            row: row({ position: "run#", holder: "m/1/0" }),
            slot: slot(300),
            runs: [run("m/1/0", 302, 400)],
        };
        assert.deepEqual(told(seen).at(-1), ["cooling down", 500]);
    });

    it("back off after a failed attempt", () => {
        const seen = { row: row({ position: "run#", holder: "m/1/0" }), runs: [run("m/1/0", 302, 400)] };
        assert.deepEqual(told(seen), [
            ["waiting", 302],
            ["running", 400],
            ["backing off", 500],
        ]);
    });

    it("wait again from the moment at which it joined the line again", () => {
        const again = row({ position: "wait#5", holder: "m/2/0", joined: iso(430), attempt: 2 });
        assert.deepEqual(told({ row: again, runs: [run("m/1/0", 302, 400)] }), [
            ["waiting", 302],
            ["running", 400],
            ["backing off", 430],
            ["waiting", 500],
        ]);
    });

    it("have both runs of a message that runs again", () => {
        const again = row({ position: "run#", holder: "m/2/0", joined: iso(430), attempt: 2 });
        const runs = [run("m/1/0", 302, 400), run("m/2/0", 452)];
        assert.deepEqual(told({ row: again, slot: slot(450), runs }).slice(2), [
            ["backing off", 430],
            ["waiting", 450],
            ["starting", 452],
            ["running", 500],
        ]);
    });

    it("end with the message", () => {
        const ended = row({ position: "end#", holder: "m/1/0", ended: iso(405) });
        assert.deepEqual(told({ row: ended, runs: [run("m/1/0", 302, 400)] }).slice(1), [
            ["running", 400],
            ["closing", 405],
        ]);
    });

    it("never go back, although clocks differ", () => {
        const seen = {
            row: row({ position: "run#", holder: "m/1/0" }),
            slot: slot(90),
            runs: [run("m/1/0", 99)],
        };
        assert.deepEqual(told(seen), [["running", 500]]);
    });
});

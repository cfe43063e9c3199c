/** What becomes of a call, seen from its service and from its caller. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { Clock } from "../../embedded-aws/clock.ts";
import { CallerCrash } from "../../embedded-aws/crash.ts";
import { carryOut } from "../../embedded-aws/outcomes.ts";
import type { CallOutcome } from "../../embedded-aws/outcomes.ts";
import { AwsError } from "../../embedded-aws/service.ts";

const lost = new AwsError("InternalServerError", "lost", 500);
const refused = new AwsError("ConditionalCheckFailedException", "The conditional request failed");

interface Seen {
    /** Seconds after which the service saw the call. */
    readonly happened: readonly number[];
    /** What its caller got, and after how many seconds. */
    readonly got: unknown;
    readonly after: number | undefined;
}

/** Carries an outcome out, and lets ten seconds pass. The service answers the nth call with n. */
async function see(outcome: CallOutcome, service: (nth: number) => unknown = (nth) => nth): Promise<Seen> {
    const clock = new Clock();
    const began = clock.now();
    const passed = (): number => Math.floor((clock.now() - began) / 1000);
    const happened: number[] = [];
    let got: unknown;
    let after: number | undefined;
    const get = (what: unknown): void => {
        got = what;
        after = passed();
    };
    clock.after(0, () => {
        try {
            const answer = carryOut(outcome, clock, () => {
                happened.push(passed());
                return service(happened.length);
            });
            if (answer instanceof Promise) void answer.then(get, get);
            else get(answer);
        } catch (error) {
            get(error);
        }
    });
    // Promises settle while the clock waits for an event.
    for (let second = 0; second <= 10; second++) clock.after(second * 1000 + 1, () => setImmediate());
    await clock.run();
    return { happened, got, after };
}

function refuse(): never {
    throw refused;
}

describe("The outcome of a call", () => {
    const cases: readonly [string, CallOutcome, Seen][] = [
        ["that is refused", { happens: [], caller: lost }, { happened: [], got: lost, after: 0 }],
        ["that happens though it is refused", { caller: lost }, { happened: [0], got: lost, after: 0 }],
        ["that happens twice", { happens: [0, 0] }, { happened: [0, 0], got: 2, after: 0 }],
        [
            "that happens after it failed",
            { happens: [5000], caller: lost },
            { happened: [5], got: lost, after: 0 },
        ],
        ["that is slow", { happens: [5000] }, { happened: [5], got: 1, after: 5 }],
        [
            "that happens again before its answer comes",
            { happens: [7000, 5000] },
            { happened: [5, 7], got: 1, after: 5 },
        ],
        [
            "that gets lost unseen",
            { happens: [], caller: { a: 1 } },
            { happened: [], got: { a: 1 }, after: 0 },
        ],
        [
            "that is never answered",
            { happens: [0, 5000], caller: "nothing" },
            { happened: [0, 5], got: undefined, after: undefined },
        ],
        [
            "whose caller ends before it",
            { happens: [], caller: "end" },
            { happened: [], got: new CallerCrash(), after: 0 },
        ],
        [
            "whose caller ends after it",
            { caller: "end" },
            { happened: [0], got: new CallerCrash(), after: 0 },
        ],
    ];
    for (const [which, outcome, seen] of cases) {
        it(`is what service and caller see of one ${which}`, async () => {
            assert.deepEqual(await see(outcome), seen);
        });
    }

    it("is the refusal of the service, not the error that was to come", async () => {
        assert.equal((await see({ caller: lost }, refuse)).got, refused);
    });

    it("is an error only once the service has answered", async () => {
        assert.deepEqual(await see({ caller: lost }, () => Promise.resolve()), {
            happened: [0],
            got: lost,
            after: 0,
        });
    });

    for (const [how, service] of [
        ["at once", refuse],
        ["later", () => Promise.reject(refused)],
    ] as const) {
        it(`hides what the service refuses ${how} from a caller that has its answer`, async () => {
            const seen = await see({ happens: [0, 5000], caller: {} }, service);
            assert.deepEqual(seen, { happened: [0, 5], got: {}, after: 0 });
        });
    }

    it("hides no fault of the embedded AWS", async () => {
        const { got } = await see({ happens: [0, 0] }, () => {
            throw new TypeError("a fault");
        });
        assert.ok(got instanceof TypeError);
    });
});

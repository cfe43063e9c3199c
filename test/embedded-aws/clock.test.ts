import assert from "node:assert/strict";
import fc from "fast-check";
import { Clock, ReplayError } from "../../embedded-aws/clock.ts";

describe("The clock", () => {
    it("runs what a promise posts before it lets time pass, and loses nothing by that", async () => {
        const clock = new Clock({ start: 0 });
        const happened: string[] = [];
        const note = (what: string) => (): void => void happened.push(`${what} at ${clock.now()}`);
        clock.at(10, () => {
            void Promise.resolve().then(() => clock.post(note("posted")));
        });
        clock.at(20, note("due"));
        clock.at(30, note("last"));
        await clock.run();
        assert.deepEqual(happened, ["posted at 10", "due at 20", "last at 30"]);
    });

    it("lets a long chain of promises end before its next event, from its very first event on", async () => {
        const clock = new Clock();
        const order: string[] = [];
        clock.drainPromises();
        const chain = async (name: string): Promise<void> => {
            for (let i = 0; i < 50; i++) await Promise.resolve();
            order.push(name);
        };
        for (const name of ["a", "b", "c"])
            clock.after(0, () => {
                order.push(`event ${name}`);
                void chain(name);
            });
        // In a turn of the event loop, not in a promise: a turn takes what is posted for the next tick first.
        await new Promise((resolve, reject) => {
            setImmediate(() => void clock.run().then(resolve, reject));
        });
        assert.deepEqual(order, ["event a", "a", "event b", "b", "event c", "c"]);
    });

    it("does not run an event that a promise cancels while time is about to move on to it", async () => {
        const clock = new Clock({ start: 0 });
        const happened: number[] = [];
        const cancelled = clock.at(20, () => void happened.push(20));
        clock.at(10, () => {
            void Promise.resolve().then(() => clock.cancel(cancelled));
        });
        clock.at(30, () => void happened.push(clock.now()));
        await clock.run();
        assert.deepEqual(happened, [30]);
    });

    it("runs the example of its comment", async () => {
        const clock = new Clock({ start: 0 });
        const rings: number[] = [];
        const ring = (): void => {
            rings.push(clock.now());
            clock.after(60_000, ring);
        };
        clock.after(60_000, ring);
        clock.at(150_000, () => clock.stop());
        await clock.run();
        assert.deepEqual(rings, [60_000, 120_000]);
        assert.equal(clock.now(), 150_000);
    });

    it("runs events by their time, then as they were scheduled, however far they are and whoever schedules them", async () => {
        const delays = fc.oneof(
            fc.constantFrom(0, 1, 599_999, 600_000, 600_001, 1_200_000),
            fc.double({ min: 0, max: 5_000_000, noNaN: true }),
            fc.integer({ min: 0, max: 700_000_000 }),
        );
        const planned = fc.record({ delay: delays, isCancelled: fc.boolean(), next: fc.array(delays) });
        const property = fc.asyncProperty(fc.array(planned), async (plan) => {
            const clock = new Clock({ start: 1_767_225_600_000 });
            const scheduled: { time: number; isCancelled: boolean }[] = [];
            const happened: number[] = [];
            const schedule = (delay: number, isCancelled: boolean, next: readonly number[]): void => {
                const number = scheduled.length;
                const timer = clock.after(delay, () => {
                    assert.equal(clock.now(), timer.time);
                    happened.push(number);
                    for (const one of next) schedule(one, false, []);
                });
                scheduled.push({ time: timer.time, isCancelled });
                if (isCancelled) clock.cancel(timer);
            };
            for (const { delay, isCancelled, next } of plan) schedule(delay, isCancelled, next);
            await clock.run();
            const expected = scheduled
                .map((event, number) => ({ ...event, number }))
                .filter(({ isCancelled }) => !isCancelled)
                .sort((a, b) => a.time - b.time || a.number - b.number);
            assert.deepEqual(
                happened,
                expected.map(({ number }) => number),
            );
        });
        await fc.assert(property, { numRuns: 200 });
    });

    it("ends the run with an error that says what to do when time never advances", async () => {
        const clock = new Clock({ start: 0 });
        const again = (): void => void clock.after(0, again);
        clock.at(5, again);
        await assert.rejects(
            clock.run(),
            /^Error: Time does not advance: more than 1,000,000 events .* 1970-01-01T00:00:00\.005Z .* Fix it, for example/,
        );
    });

    describe("that replays", () => {
        /** A clock that rings every ten milliseconds, and what it has done. */
        const ringing = (): { clock: Clock; happened: string[]; note: (what: string) => () => void } => {
            const clock = new Clock({ start: 0 });
            const happened: string[] = [];
            const note = (what: string) => (): void => void happened.push(`${what} at ${clock.now()}`);
            const ring = (): void => {
                note("ring")();
                clock.after(10, ring);
            };
            clock.after(10, ring);
            return { clock, happened, note };
        };

        it("runs what was posted between the same events", async () => {
            const { clock, happened, note } = ringing();
            await clock.replay([
                { time: 10, after: 1, task: note("posted") },
                { time: 15, after: 1, task: note("posted") },
                { time: 20, after: 1, task: note("posted") },
                { time: 20, after: 2, task: note("posted") },
            ]);
            assert.deepEqual(happened, [
                "ring at 10",
                "posted at 10",
                "posted at 15",
                "posted at 20",
                "ring at 20",
                "posted at 20",
            ]);
        });

        it("counts the events that nobody posted", async () => {
            const { clock } = ringing();
            await clock.catchUp(25);
            clock.post(() => undefined);
            await clock.catchUp(35);
            assert.equal(clock.handled, 3);
        });

        it("goes on from the time to which it caught up", async () => {
            const { clock, happened } = ringing();
            await clock.catchUp(25);
            assert.deepEqual([clock.now(), happened.length], [25, 2]);
        });

        it("leaves out what was cancelled", async () => {
            const { clock, happened, note } = ringing();
            clock.cancel(clock.at(5, note("cancelled")));
            await clock.catchUp(10);
            assert.deepEqual(happened, ["ring at 10"]);
        });

        for (const [what, past] of [
            ["are too few", { time: 15, after: 2 }],
            ["are too many", { time: 25, after: 1 }],
        ] as const) {
            it(`says that the events before ${what}`, async () => {
                const { clock } = ringing();
                await assert.rejects(clock.replay([{ ...past, task: () => undefined }]), ReplayError);
            });
        }
    });
});

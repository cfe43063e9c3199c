import { recorded, TestStack, DAY } from "./test-stack.ts";
it("x", async function () {
    this.timeout(300000);
    for (const round of [0, 1]) for (const alarms of [true, false]) {
        const program = await recorded({ limit: "100" });
        const p = alarms ? program : { ...program, resources: program.resources.filter((r) => !/MetricAlarm|Dashboard/.test(r.type)) };
        const stack = await TestStack.open({ programs: [p] });
        await stack.pass(90_000);
        let t = performance.now();
        stack.sendMany(10000);
        await stack.untilEnded(10000);
        const a = performance.now() - t;
        t = performance.now();
        await stack.pass(30 * DAY);
        console.log(round, alarms, "10000 messages", Math.round(a), "ms; idle month", Math.round(performance.now() - t), "ms", Math.round(process.memoryUsage().rss / 1e6), "MB", stack.world.counters.get("metric.Turnstile.MessageStarted"));
        await stack.close();
    }
});

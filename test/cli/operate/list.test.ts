import assert from "node:assert/strict";
import { MINUTE } from "../../stack/test-stack.ts";
import { Operated } from "./operated.ts";

interface List {
    readonly format: string;
    readonly items: readonly {
        readonly messageId: string;
        readonly state: string;
        readonly place?: number;
        readonly reason: string;
    }[];
    readonly shown: number;
    readonly total: number;
    readonly isExact: boolean;
}

describe("turnstile list", () => {
    let operated: Operated;
    let sent: string[];

    before(async () => {
        operated = await Operated.open({ limit: "2" });
        await operated.stack.pass(MINUTE);
        sent = operated.stack.sendMany(7);
        await operated.stack.pass(MINUTE);
    });
    after(() => operated.close());

    it("lists those with a slot, then the line in its order", async () => {
        const { items } = await operated.json<List>(["list"]);
        assert.deepEqual(
            items.map(({ messageId, state, place }) => [messageId, state, place]),
            sent.map((id, i) => [id, i < 2 ? "running" : "waiting", i < 2 ? undefined : i - 1]),
        );
    });

    it("says of each why it has not started", async () => {
        const { items } = await operated.json<List>(["list", "--state", "waiting"]);
        assert.deepEqual(
            items.map(({ reason }) => reason),
            ["limit-reached", "behind", "behind", "behind", "behind"],
        );
    });

    it("shows at most --most, and says of how many", async () => {
        const { code, out } = await operated.run(["list", "--state", "waiting", "--most", "2"]);
        assert.equal(code, 0);
        const [head, first, second, foot] = out.split("\n");
        assert.match(head ?? "", /^PLACE {2}MESSAGE/);
        assert.match(
            first ?? "",
            new RegExp(`^ {4}1 {2}${sent[2]?.slice(0, 8) ?? "?"} {2}g2 .* limit-reached$`),
        );
        assert.match(second ?? "", /^ {4}2 {2}.* behind$/);
        assert.match(foot ?? "", /^2 of 5 shown \(5 waiting\), as of \d\d:\d\d:\d\d [+-]\d\d:\d\d$/);
    });

    it("lists one group alone", async () => {
        const { items, total } = await operated.json<List>(["list", "--group", "g3"]);
        assert.deepEqual(
            [items.map(({ messageId, place }) => [messageId, place]), total],
            [[[sent[3], 2]], 1],
        );
    });

    it("lists nothing with exit code 0", async () => {
        const { code, out } = await operated.run(["list", "--group", "nobody"]);
        assert.equal(code, 0);
        assert.match(out, /^0 of 0 shown/);
    });

    it("fits 80 columns", async () => {
        for (const line of (await operated.run(["list"])).out.split("\n")) assert.ok(line.length <= 80, line);
    });

    it("refuses a state that there is not, with those that there are", async () => {
        const { code, error } = await operated.run(["list", "--state", "done"]);
        assert.equal(code, 2);
        assert.match(error, /Allowed choices are running, waiting, elsewhere/);
    });
});

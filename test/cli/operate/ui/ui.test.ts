import assert from "node:assert/strict";
import type { Given, Outcome } from "../../command-line.ts";
import { MINUTE } from "../../../stack/test-stack.ts";
import { Operated } from "../operated.ts";
import { ask } from "./paged.ts";

interface Ready {
    readonly format: string;
    readonly url: string;
    readonly readOnly: boolean;
}

describe("turnstile ui", () => {
    let operated: Operated;

    before(async () => {
        operated = await Operated.open({ limit: "2" });
        await operated.stack.pass(MINUTE);
    });
    after(() => operated.close());

    /** Runs it, looks at what it has printed, and ends it as Ctrl-C does. */
    async function during(
        args: readonly string[],
        act: (printed: string) => Promise<void> = async () => undefined,
        given: Given = {},
    ): Promise<Outcome> {
        let stop: () => void = () => undefined;
        const interrupts = {
            exitCode: undefined as number | undefined,
            handle: (by: () => void) => (stop = by),
        };
        let acted: Promise<void> | undefined;
        const onOutput = (text: string): void => {
            acted ??= Promise.resolve()
                .then(() => act(text))
                .finally(() => {
                    interrupts.exitCode = 130;
                    stop();
                });
        };
        const outcome = await operated.run(["ui", ...args], { ...given, interrupts, onOutput });
        await acted;
        return outcome;
    }

    it("prints the address of a page that answers, until a signal ends it", async () => {
        const { code, error } = await during([], async (printed) => {
            const [address = ""] = printed.split("\n");
            const { port, hash } = new URL(address);
            const headers = { "x-turnstile-token": hash.slice(1) };
            assert.equal((await ask(Number(port), "/api/pool", { headers })).status, 200);
        });
        assert.deepEqual([code, error], [130, ""]);
    });

    it("prints one line of JSON for scripts", async () => {
        const { out } = await during(["--json", "--read-only"]);
        const { format, url, readOnly } = JSON.parse(out) as Ready;
        assert.deepEqual([format, readOnly], ["turnstile.ui/1.0", true]);
        assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}$/);
    });

    it("has another key at each start", async () => {
        const keys = [await during(["--json"]), await during(["--json"])].map(
            ({ out }) => new URL((JSON.parse(out) as Ready).url).hash,
        );
        assert.notEqual(keys[0], keys[1]);
    });

    it("says that its port is taken", async () => {
        await during(["--json"], async (printed) => {
            const { port } = new URL((JSON.parse(printed) as Ready).url);
            const { code, error } = await operated.run(["ui", "--port", port]);
            assert.equal(code, 1);
            assert.match(error, new RegExp(`^turnstile: Port ${port} of 127\\.0\\.0\\.1 is taken`));
        });
    });

    it("says what is wrong with the credentials before it shows a page", async () => {
        const env = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "any" };
        const { code, out } = await operated.run(["ui"], { env });
        assert.deepEqual([code, out], [4, ""]);
    });

    it("refuses an interval of no time, with exit code 2", async () => {
        const { code } = await operated.run(["ui", "--interval", "0"]);
        assert.equal(code, 2);
    });
});

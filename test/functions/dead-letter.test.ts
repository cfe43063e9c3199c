import assert from "node:assert/strict";
import { sendDeadLetter } from "../../functions/lib/dead-letter.ts";
import { FakeAws } from "./fake-aws.ts";

const LETTER = {
    queueUrl: "https://dead.fifo",
    pool: "etl",
    messageId: "m-1",
    group: "g",
    body: "{}",
    cause: "c",
};

const text = (StringValue: string) => ({ DataType: "String", StringValue });

async function attributesOf(letter: Parameters<typeof sendDeadLetter>[1]): Promise<Record<string, unknown>> {
    const aws = new FakeAws({ SendMessage: () => ({}) });
    await sendDeadLetter(aws.platform({}), letter);
    return aws.inputs("SendMessage")[0]?.["MessageAttributes"] as Record<string, unknown>;
}

describe("A dead letter", () => {
    const own = { cause: text("c"), pool: text("etl"), messageId: text("m-1") };

    it("has the attributes of its message's sender beside Turnstile's own", async () => {
        const attributes = { size: { DataType: "Number.bytes", StringValue: "7" }, tenant: text("acme") };
        assert.deepEqual(await attributesOf({ ...LETTER, attributes }), { ...attributes, ...own });
        assert.deepEqual(await attributesOf(LETTER), own);
    });

    it("never has more than SQS takes, and Turnstile's own win, whatever an execution's input says", async () => {
        const execution = "arn:aws:states:eu-west-1:123456789012:execution:etl:g-m-1";
        const names = ["run", "cause", "a", "b", "c", "d", "e"];
        const attributes = Object.fromEntries(names.map((name) => [name, text("sender's")]));
        const letter = await attributesOf({ ...LETTER, attempts: 2, execution, run: "jr_1", attributes });
        assert.equal(Object.keys(letter).length, 10);
        assert.deepEqual([letter["run"], letter["cause"]], [text("jr_1"), text("c")]);
        const refused = await attributesOf({ ...LETTER, attributes });
        assert.deepEqual(Object.keys(refused).sort(), ["a", "b", "c", "cause", "messageId", "pool"]);
    });

    it("has a space where a text would be empty: SQS takes none that is", async () => {
        assert.deepEqual((await attributesOf({ ...LETTER, cause: "" }))["cause"], text(" "));
    });
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { recordProgram, UNKNOWN } from "../../../embedded-aws/recording/record-program.ts";
import type { RecordOptions } from "../../../embedded-aws/recording/record-program.ts";
import type { RecordedAsset, RecordedProgram, Resource } from "../../../embedded-aws/recording/resource.ts";

const directory = fileURLToPath(new URL("../fixtures/mini", import.meta.url));

function record(options: Partial<RecordOptions> = {}): Promise<RecordedProgram> {
    return recordProgram({ directory, stack: "dev", ...options });
}

function find(program: RecordedProgram, name: string, type: string): Resource {
    const found = program.resources.find(
        (resource) => resource.name === name && resource.type.endsWith(type),
    );
    assert.ok(found, `${type} ${name} was recorded`);
    return found;
}

describe("recording a program", function () {
    let program: RecordedProgram;

    before(async () => {
        program = await record();
    });

    it("brings back every resource with its resolved inputs", () => {
        const table = find(program, "store", ":Table");
        const worker = find(program, "worker", ":Function");
        assert.deepEqual(worker.inputs["environment"], {
            variables: {
                TABLE: table.outputs["name"],
                QUEUE_URL: find(program, "work", ":Queue").outputs["url"],
                LIMIT: "5",
            },
        });
        assert.equal(worker.inputs["role"], find(program, "worker-role", ":Role").outputs["arn"]);
    });

    it("brings back the stack's outputs", () => {
        assert.deepEqual(program.outputs, {
            queueUrl: find(program, "work", ":Queue").outputs["url"],
            tableName: find(program, "store", ":Table").outputs["name"],
            functionArn: find(program, "worker", ":Function").outputs["arn"],
            inPartition: "aws",
            labels: ["a", "b"],
        });
    });

    it("knows each resource's parent, and gives URNs as the engine does", () => {
        const store = find(program, "store", ":Store");
        const table = find(program, "store", ":Table");
        assert.equal(table.parent, store.urn);
        assert.equal(table.urn, "urn:pulumi:dev::mini::mini:index:Store$aws:dynamodb/table:Table::store");
        assert.equal(store.urn, "urn:pulumi:dev::mini::mini:index:Store::store");
    });

    it("puts what a resource refers to before it", () => {
        const names = program.resources.map(({ urn }) => urn);
        for (const { urn, parent } of program.resources) {
            if (parent) assert.ok(names.indexOf(parent) < names.indexOf(urn));
        }
        const worker = names.indexOf(find(program, "worker", ":Function").urn);
        for (const [name, type] of [
            ["worker-role", ":Role"],
            ["store", ":Table"],
            ["work", ":Queue"],
        ] as const) {
            assert.ok(names.indexOf(find(program, name, type).urn) < worker, name);
        }
    });

    it("reads the files of assets", () => {
        const code = find(program, "worker", ":Function").inputs["code"] as RecordedAsset;
        assert.ok(code.kind === "archive");
        assert.match(code.files["index.mjs"] ?? "", /export function create/);
    });

    it("records the same program the same way again", async () => {
        assert.deepEqual(await record(), program);
    });

    it("runs the program with the configuration of its stack, in that stack's partition", async () => {
        const china = await record({ stack: "china" });
        assert.equal(china.region, "cn-north-1");
        assert.equal(china.outputs["inPartition"], "aws-cn");
    });

    it("gives the message of an error that the program throws, and nothing else", async () => {
        await assert.rejects(record({ config: { limit: "-1" } }), {
            name: "ProgramError",
            errorName: "Error",
            message: "limit should be 0 or more, but is -1",
        });
    });

    it("lets the program run as a preview in which nothing that AWS assigns is known", async () => {
        const preview = await record({ preview: true });
        const worker = find(preview, "worker", ":Function");
        assert.equal(worker.inputs["role"], UNKNOWN);
        assert.equal(preview.resources.length, program.resources.length);
    });

    it("names what a program reads from an existing account, because there is none", async () => {
        await assert.rejects(record({ config: { "mini:lookUp": "true" } }), {
            message: /cannot answer aws:ec2\/getVpc:getVpc: it starts empty/,
        });
    });

    it("names a resource type that the embedded AWS does not know", async () => {
        await assert.rejects(record({ config: { "mini:makeVpc": "true" } }), {
            message: /does not know the resource type aws:ec2\/vpc:Vpc \(resource 'network'\)/,
        });
    });

    it("says where in the program a mistake in its code is", async () => {
        await assert.rejects(record({ config: { "mini:slip": "true" } }), {
            message: /^TypeError: .* \(index\.ts:\d+\)$/,
        });
    });

    it("fails when an output that the program computes fails, however late", async () => {
        await assert.rejects(record({ config: { "mini:late": "true" } }), { message: "too late" });
    });
});

/** The policy pack, copied and installed as its README says, started and asked as Pulumi does. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { Folders, NODE_VERSIONS, nodeOf, installTools, ROOT, run } from "./machine.ts";

/** Of Pulumi's protocol, what is called here. */
interface Message {
    toObject(): unknown;
}
interface AnalyzerClient {
    getAnalyzerInfo(request: object, answer: Answer): void;
    analyze(request: object, answer: Answer): void;
    close(): void;
}
interface AnalyzeRequest {
    setType(type: string): void;
    setName(name: string): void;
    setUrn(urn: string): void;
    setProperties(properties: unknown): void;
    setOptions(options: object): void;
}
type Answer = (error: Error | null, message: Message) => void;

interface Info {
    readonly name: string;
    readonly policiesList: readonly { readonly name: string }[];
}

interface Analysis {
    readonly diagnosticsList: readonly { readonly policyname: string; readonly message: string }[];
}

describe("the policy pack", () => {
    const folders = new Folders();
    let pack: string;

    before(() => {
        installTools();
        pack = path.join(folders.make(), "policy");
        const isSource = (file: string): boolean => path.basename(file) !== "node_modules";
        cpSync(path.join(ROOT, "policy"), pack, { recursive: true, filter: isSource });
        run("npm", ["install", "--silent", "--prefer-offline"], { cwd: pack });
    });

    after(() => {
        folders.remove();
    });

    for (const version of NODE_VERSIONS) {
        it(`has its policies when Pulumi asks, on Node ${version}`, async function () {
            const node = nodeOf(version);
            if (node === undefined) return this.skip();
            await withPack(node, pack, async (client, messages) => {
                const info = await answerOf<Info>((answer) =>
                    client.getAnalyzerInfo(new messages.empty.Empty(), answer),
                );
                assert.equal(info.name, "turnstile");
                assert.equal(info.policiesList.length, 5);
            });
        });
    }

    it("refuses a public queue when Pulumi asks", async () => {
        await withPack(process.execPath, pack, async (client, messages) => {
            const statement = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: "*" };
            const request = new messages.analyzer.AnalyzeRequest();
            request.setType("aws:sqs/queuePolicy:QueuePolicy");
            request.setName("open");
            request.setUrn("urn:pulumi:dev::reports::aws:sqs/queuePolicy:QueuePolicy::open");
            const policy = JSON.stringify({ Statement: [statement] });
            request.setProperties(messages.struct.Struct.fromJavaScript({ policy }));
            request.setOptions(new messages.analyzer.AnalyzerResourceOptions());
            const { diagnosticsList } = await answerOf<Analysis>((answer) => client.analyze(request, answer));
            assert.deepEqual(
                diagnosticsList.map(({ policyname }) => policyname),
                ["no-public-queue"],
            );
        });
    });
});

type Messages = ReturnType<typeof messagesOf>;

/** The messages of Pulumi's protocol, of the pack's own installation. */
function messagesOf(pack: string) {
    const require = createRequire(path.join(pack, "package.json"));
    const pulumi = createRequire(require.resolve("@pulumi/pulumi/package.json"));
    return {
        grpc: pulumi("@grpc/grpc-js") as { credentials: { createInsecure(): unknown } },
        services: pulumi("@pulumi/pulumi/proto/analyzer_grpc_pb") as {
            AnalyzerClient: new (address: string, credentials: unknown) => AnalyzerClient;
        },
        analyzer: pulumi("@pulumi/pulumi/proto/analyzer_pb") as {
            AnalyzeRequest: new () => AnalyzeRequest;
            AnalyzerResourceOptions: new () => object;
        },
        empty: pulumi("google-protobuf/google/protobuf/empty_pb") as { Empty: new () => object },
        struct: pulumi("google-protobuf/google/protobuf/struct_pb") as {
            Struct: { fromJavaScript(value: object): unknown };
        },
    };
}

/** Starts a pack with Pulumi's own starter, which prints the port that it listens on. */
async function withPack(
    node: string,
    pack: string,
    use: (client: AnalyzerClient, messages: Messages) => Promise<void>,
): Promise<void> {
    const messages = messagesOf(pack);
    const starter = path.join(pack, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
    const child = spawn(node, [starter, "127.0.0.1:1", "."], {
        cwd: pack,
        stdio: ["ignore", "pipe", "inherit"],
    });
    try {
        const port = await firstLine(child);
        const credentials = messages.grpc.credentials.createInsecure();
        const client = new messages.services.AnalyzerClient(`127.0.0.1:${port}`, credentials);
        try {
            await use(client, messages);
        } finally {
            client.close();
        }
    } finally {
        child.kill();
    }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
    assert.ok(stdout);
    const { value, done } = await createInterface(stdout)[Symbol.asyncIterator]().next();
    if (done === true) throw new Error("the pack ended without a word");
    return value;
}

async function answerOf<T>(ask: (answer: Answer) => void): Promise<T> {
    return new Promise((resolve, reject) => {
        ask((error, message) => (error ? reject(error) : resolve(message.toObject() as T)));
    });
}

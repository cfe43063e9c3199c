/**
 * A stack on the embedded AWS that commands look after: its time stands still while a command runs, and passes when the test
 * lets it. The commands call it with the SDK's own clients.
 */
import { Endpoint } from "../../../embedded-aws/index.ts";
import type { Caller, Credentials, ServiceName } from "../../../embedded-aws/index.ts";
import { recorded, TestStack } from "../../stack/test-stack.ts";
import type { TestStackOptions } from "../../stack/test-stack.ts";
import { runTurnstile } from "../command-line.ts";
import type { Given, Outcome } from "../command-line.ts";

const GUEST: Caller = { principal: "user", isGuest: true };

export class Operated {
    readonly stack: TestStack;
    readonly endpoint: Endpoint;
    private readonly credentials: Credentials;

    private constructor(stack: TestStack, endpoint: Endpoint) {
        this.stack = stack;
        this.endpoint = endpoint;
        this.credentials = endpoint.credentialsFor(GUEST);
    }

    static async open(
        config: Record<string, string> = {},
        options: Partial<TestStackOptions> = {},
    ): Promise<Operated> {
        const stack = await TestStack.open({ programs: [await recorded(config)], ...options });
        const endpoint = new Endpoint(stack.world);
        await endpoint.listen();
        return new Operated(stack, endpoint);
    }

    async close(): Promise<void> {
        await this.endpoint.close();
        await this.stack.world.close();
    }

    /** The stack's output `operator`, with the addresses of the endpoint. */
    get operator(): Record<string, unknown> {
        const output = JSON.stringify(this.stack.programs[0]?.outputs["operator"]);
        return JSON.parse(this.endpoint.toClient(output)) as Record<string, unknown>;
    }

    /** Runs a command on the stack. */
    run(args: readonly string[], given: Given = {}): Promise<Outcome> {
        const env = {
            TURNSTILE_OPERATOR: JSON.stringify(this.operator),
            AWS_ACCESS_KEY_ID: this.credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: this.credentials.secretAccessKey,
            ...given.env,
        };
        return runTurnstile([...args, "--endpoint-url", this.endpoint.url], { ...given, env });
    }

    /** The keys of a caller, as variables of the environment. */
    keysOf(caller: Caller): Record<string, string> {
        const { accessKeyId, secretAccessKey } = this.endpoint.credentialsFor(caller);
        return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    }

    /** The document that a command prints with --json. */
    async json<T = Record<string, unknown>>(args: readonly string[], given: Given = {}): Promise<T> {
        const { out, error } = await this.run([...args, "--json"], given);
        try {
            return JSON.parse(out) as T;
        } catch {
            throw new Error(`no JSON: ${out}${error}`);
        }
    }

    /** Calls an operation of a service, as whoever runs the stack. */
    call(service: ServiceName, operation: string, input: object): unknown {
        return this.stack.world.call(service, operation, input, { principal: "user" });
    }

    /** Puts an item of the pool, in the place of the one that is there. */
    putItem(entry: string, attributes: object): void {
        const Item = { poolName: { S: "jobs" }, entry: { S: entry }, ...attributes };
        this.call("dynamodb", "PutItem", { TableName: this.stack.output("tableName"), Item });
    }
}

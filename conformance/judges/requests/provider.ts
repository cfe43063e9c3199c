/** The requests with which Pulumi's provider would create a recorded program, as conformance/stack/ translates it. */
import type { RecordedProgram } from "../../../embedded-aws/index.ts";
import type { Clients } from "../../stack/clients.ts";
import { Inputs } from "../../stack/inputs.ts";
import { KINDS } from "../../stack/kinds.ts";
import { SKIPPED_INPUTS } from "../../stack/skips.ts";
import { toJson } from "../forms.ts";

export interface Request {
    readonly service: string;
    readonly operation: string;
    /** As JSON: bytes are `{"$bytes": length}`, times `{"$time": milliseconds}`. */
    readonly input: unknown;
    /** Who makes it, or for what. */
    readonly where: string;
}

interface Command {
    readonly input: object;
}

/** Keys are no part of the program: the account has them. */
const GIVEN: ReadonlySet<string> = new Set(["aws:kms/key:Key"]);

/** Throws for an input that no request carries. */
export async function requestsOf(program: RecordedProgram): Promise<Request[]> {
    const requests: Request[] = [];
    for (const { type, name, inputs: values, outputs } of program.resources) {
        if (GIVEN.has(type)) continue;
        const kind = KINDS[type];
        if (!kind) throw new Error(`no function makes resources of the type ${type}`);
        const inputs = new Inputs("", values);
        const clients = recording(name, requests, { QueueUrl: outputs["url"] });
        await kind({ inputs, clients, output: (output) => String(outputs[output]) });
        const unread = inputs.unread().filter((input) => SKIPPED_INPUTS[type]?.[input] === undefined);
        if (unread.length > 0)
            throw new Error(`no request of ${name} (${type}) carries ${unread.join(", ")}`);
    }
    return requests;
}

/** Clients that note what they would send. Whatever they send, they answer the same. */
function recording(where: string, requests: Request[], answer: object): Clients {
    const client = (_: unknown, service: string | symbol): object => ({
        send: (command: Command) => {
            const operation = command.constructor.name.replace(/Command$/, "");
            requests.push({ service: String(service), operation, input: json(command.input), where });
            return Promise.resolve(answer);
        },
    });
    return new Proxy({}, { get: client }) as Clients;
}

/** Members that are undefined are not sent. */
function json(input: object): unknown {
    return JSON.parse(JSON.stringify(toJson(input))) as unknown;
}

/** `--trace`: the story of a run that has ended, as `turnstile export` tells it of a stack on AWS: by the same calls. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Caller, RecordedProgram, ServiceName } from "../../embedded-aws/index.ts";
import { createPaint } from "../lib/color.ts";
import { checkWritable, unwritable } from "../lib/writable.ts";
import type { Aws } from "../operate/aws.ts";
import { collectTrace } from "../operate/export/collect.ts";
import { parseOperator } from "../operate/operator.ts";
import type { Session } from "../operate/session.ts";
import type { RunOptions } from "./options.ts";
import type { Stack } from "./stack.ts";

/** The file of `--trace` cannot be written. */
export class TraceFileError extends Error {
    override readonly name = "TraceFileError";
}

/** Whoever runs `npm start`. */
const USER: Caller = { principal: "user" };

export class TraceFile {
    private readonly file: string;
    private readonly withBodies: boolean;

    /** The file that `--trace` names. */
    static named(
        { trace, bodies }: Pick<RunOptions, "trace" | "bodies">,
        cwd: string,
    ): TraceFile | undefined {
        return trace === undefined ? undefined : new TraceFile(path.resolve(cwd, trace), bodies);
    }

    /** Throws `TraceFileError` if the file cannot be written: better now than after the run. */
    constructor(file: string, withBodies: boolean) {
        this.file = file;
        this.withBodies = withBodies;
        checkWritable(file, TraceFileError);
    }

    /** Writes the file and returns its path. */
    async write(stack: Stack, program: RecordedProgram): Promise<string> {
        const operator = parseOperator(
            JSON.stringify(program.outputs["operator"] ?? null),
            "the output operator",
        );
        const session: Session = {
            aws: clientsOf(stack),
            operator,
            around: undefined as never,
            isJson: true,
            paint: createPaint(false),
            partial: [],
            explain: (error) => error,
        };
        const options = { most: Infinity, bodies: this.withBodies };
        const lines: string[] = [];
        for await (const line of collectTrace(session, options, () => undefined))
            lines.push(JSON.stringify(line));
        try {
            writeFileSync(this.file, `${lines.join("\n")}\n`);
        } catch (error) {
            throw new TraceFileError(unwritable(this.file, error));
        }
        return this.file;
    }
}

/** Clients that call the services of this process. */
function clientsOf({ world }: Stack): Aws {
    const clientOf = (service: ServiceName): never => {
        const send = (command: { constructor: { name: string }; input: object }): Promise<unknown> => {
            const operation = command.constructor.name.replace(/Command$/, "");
            return new Promise((resolve) => resolve(world.call(service, operation, command.input, USER)));
        };
        return { send } as never;
    };
    return {
        dynamodb: clientOf("dynamodb"),
        glue: clientOf("glue"),
        sfn: clientOf("states"),
        sqs: clientOf("sqs"),
        others: () => Promise.reject(new Error("A trace asks no other service.")),
        now: () => world.clock.now(),
        close: () => undefined,
    };
}

/** The shapes of a service's operations, as the SDK's client of the service has them, and values seen through a shape. */
import { NormalizedSchema } from "@smithy/core/schema";

export type Shape = NormalizedSchema;

export interface OperationShapes {
    readonly name: string;
    readonly input: Shape;
    readonly output: Shape;
    /** Method, path with labels, and status of a REST protocol. */
    readonly http: readonly [string, string, number] | undefined;
    /** The members of the input without which a request is not one for this operation. */
    readonly required: ReadonlySet<string>;
}

export class Shapes {
    readonly operations = new Map<string, OperationShapes>();
    /** The names of errors by the codes that the query protocol has for them. */
    private readonly errorNames = new Map<string, string>();

    /** @param client what the module of the SDK's client exports */
    constructor(client: Readonly<Record<string, unknown>>) {
        for (const schema of Object.values(client)) {
            if (!Array.isArray(schema)) continue;
            if (schema[0] === OPERATION) this.addOperation(schema as unknown as OperationSchema);
            if (schema[0] === ERROR) this.addError(NormalizedSchema.of(schema as never));
        }
    }

    /** The name of the error that a code of the query protocol stands for. */
    errorName(code: string): string {
        return this.errorNames.get(code) ?? code;
    }

    private addOperation([, , name, traits, input, output]: OperationSchema): void {
        const shape = NormalizedSchema.of(input as never);
        this.operations.set(name, {
            name,
            input: shape,
            output: NormalizedSchema.of(output as never),
            http: typeof traits === "object" ? traits.http : undefined,
            required: new Set(requiredOf(shape)),
        });
    }

    private addError(error: Shape): void {
        const { awsQueryError } = error.getMergedTraits() as { awsQueryError?: readonly [string, number] };
        if (awsQueryError) this.errorNames.set(awsQueryError[0], error.getName() ?? awsQueryError[0]);
    }
}

const OPERATION = 9;
const ERROR = -3;

type OperationSchema = readonly [
    number,
    string,
    string,
    number | { http?: [string, string, number] },
    ...unknown[],
];

/** A structure's schema has the names of its members, the required ones first, and how many these are. */
function requiredOf(shape: Shape): readonly string[] {
    if (!shape.isStructSchema()) return [];
    const [, , , , members, , count = 0] = shape.getSchema() as unknown as [
        ...[unknown, unknown, unknown, unknown],
        readonly string[],
        unknown,
        number?,
    ];
    return members.slice(0, count);
}

/** Makes a value anew, member by member, with its leaves converted. What has no place in the shape is left out. */
export function convert(
    shape: Shape,
    value: unknown,
    leaf: (shape: Shape, value: unknown) => unknown,
): unknown {
    if (value === undefined || value === null) return undefined;
    if (shape.isStructSchema()) {
        const members = [...shape.structIterator()].flatMap(([name, member]) => {
            const converted = convert(member, (value as Record<string, unknown>)[name], leaf);
            return converted === undefined ? [] : [[name, converted] as const];
        });
        return Object.fromEntries(members);
    }
    if (shape.isListSchema()) {
        const member = shape.getValueSchema();
        return (value as readonly unknown[]).map((each) => convert(member, each, leaf));
    }
    if (shape.isMapSchema()) {
        const member = shape.getValueSchema();
        const entries = Object.entries(value).map(([key, each]) => [key, convert(member, each, leaf)]);
        return Object.fromEntries(entries) as unknown;
    }
    return leaf(shape, value);
}

/** A value that was sent as text. */
export function fromText(shape: Shape, text: string): unknown {
    if (shape.isBooleanSchema()) return text === "true";
    if (shape.isNumericSchema()) return Number(text);
    if (shape.isBlobSchema()) return Buffer.from(text, "base64");
    if (!shape.isTimestampSchema()) return text;
    const seconds = Number(text);
    return new Date(Number.isNaN(seconds) ? text : seconds * 1000);
}

/** A value to send as text, with times in the form that `times` says unless their shape says another one. */
export function toText(shape: Shape, value: unknown, times: keyof typeof TIMES): string {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
    if (value instanceof Date) return (FORMS[shape.getSchema() as number] ?? TIMES[times])(value);
    return String(value);
}

const TIMES = {
    "date-time": (time: Date): string => time.toISOString(),
    "http-date": (time: Date): string => time.toUTCString(),
    "epoch-seconds": (time: Date): string => String(time.getTime() / 1000),
};

/** By the numbers that the SDK's schemas have for timestamps. */
const FORMS: Readonly<Record<number, (time: Date) => string>> = {
    5: TIMES["date-time"],
    6: TIMES["http-date"],
    7: TIMES["epoch-seconds"],
};

/** From JSON: times are seconds since 1970, bytes are base64. */
export function fromJson(shape: Shape, value: unknown): unknown {
    return convert(shape, value, (leaf, sent) =>
        leaf.isTimestampSchema() || leaf.isBlobSchema() ? fromText(leaf, String(sent)) : sent,
    );
}

/** Only the members that the shape has, for JSON. */
export function toJson(shape: Shape, value: unknown): unknown {
    return convert(shape, value, (leaf, kept) => {
        if (!(kept instanceof Date)) return kept;
        return FORMS[leaf.getSchema() as number] === undefined ? kept : jsonTime(leaf, kept);
    });
}

function jsonTime(leaf: Shape, time: Date): string | number {
    const text = toText(leaf, time, "epoch-seconds");
    return Number.isNaN(Number(text)) ? text : Number(text);
}

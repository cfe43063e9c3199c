/** The AWS query protocol: a form that names the operation as `Action` and its input by dotted names; answers in XML. */
import { AwsError } from "../service.ts";
import type { Ask, Dialect } from "./dialect.ts";
import type { Answer, Request } from "./http.ts";
import { fromText } from "./shapes.ts";
import type { Shape, Shapes } from "./shapes.ts";
import { escaped, members, nameIn, wrapped } from "./xml.ts";

export class QueryDialect implements Dialect {
    readonly service: string;
    readonly unknownKey = "InvalidClientTokenId";
    private readonly shapes: Shapes;
    private readonly namespace: string;

    constructor(service: string, shapes: Shapes, namespace: string) {
        this.service = service;
        this.shapes = shapes;
        this.namespace = namespace;
    }

    read(request: Request): Ask {
        const form = new Form(request.body.toString("utf8"));
        const operation = form.values.get("Action") ?? "";
        if (operation === "")
            throw new AwsError("MissingAction", "The request must contain the parameter Action.");
        const shapes = this.shapes.operations.get(operation);
        return { operation, input: shapes ? (form.read(shapes.input, "") ?? {}) : {} };
    }

    answer({ operation }: Ask, output: unknown, requestId: string): Answer {
        const shape = this.shapes.operations.get(operation)?.output;
        const isStruct = shape?.isStructSchema() === true;
        const result = isStruct ? members(shape, (output ?? {}) as Record<string, unknown>) : "";
        const metadata = wrapped("ResponseMetadata", wrapped("RequestId", requestId));
        const content = `${isStruct ? wrapped(`${operation}Result`, result) : ""}${metadata}`;
        return this.answerOf(200, wrapped(`${operation}Response`, content, this.attributes()));
    }

    refuse({ name, message, statusCode }: AwsError, requestId: string): Answer {
        const type = wrapped("Type", statusCode < 500 ? "Sender" : "Receiver");
        const error = type + wrapped("Code", escaped(name)) + wrapped("Message", escaped(message));
        const content = wrapped("Error", error) + wrapped("RequestId", requestId);
        return this.answerOf(statusCode, wrapped("ErrorResponse", content, this.attributes()));
    }

    private attributes(): string {
        return this.namespace === "" ? "" : ` xmlns="${this.namespace}"`;
    }

    private answerOf(status: number, body: string): Answer {
        return { status, headers: { "content-type": "text/xml" }, body };
    }
}

/** The fields of a form, whose names are paths into the input. */
class Form {
    readonly values: ReadonlyMap<string, string>;
    /** Every path that leads to a field. */
    private readonly paths = new Set<string>();

    constructor(text: string) {
        this.values = new Map(new URLSearchParams(text));
        for (const name of this.values.keys()) {
            for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) {
                this.paths.add(name.slice(0, end));
            }
        }
    }

    read(shape: Shape, path: string): unknown {
        if (path !== "" && !this.paths.has(path)) return undefined;
        if (shape.isStructSchema()) return this.structure(shape, path);
        const isFlat = (shape.getMergedTraits() as { xmlFlattened?: number }).xmlFlattened === 1;
        if (shape.isListSchema()) {
            const member = shape.getValueSchema();
            return this.each(isFlat ? path : `${path}.${nameIn(member, "member")}`, (at) =>
                this.read(member, at),
            );
        }
        if (shape.isMapSchema()) {
            const [key, value] = [shape.getKeySchema(), shape.getValueSchema()];
            const entries = this.each(isFlat ? path : `${path}.entry`, (at) => [
                this.values.get(`${at}.${nameIn(key, "key")}`) ?? "",
                this.read(value, `${at}.${nameIn(value, "value")}`),
            ]);
            return Object.fromEntries(entries as [string, unknown][]);
        }
        return fromText(shape, this.values.get(path) ?? "");
    }

    private structure(shape: Shape, path: string): object {
        const found = [...shape.structIterator()].flatMap(([name, member]) => {
            const step = nameIn(member, name);
            const value = this.read(member, path === "" ? step : `${path}.${step}`);
            return value === undefined ? [] : [[name, value] as const];
        });
        return Object.fromEntries(found);
    }

    /** The members of a list are numbered from 1. */
    private each(path: string, read: (at: string) => unknown): unknown[] {
        const found: unknown[] = [];
        for (let i = 1; this.paths.has(`${path}.${i}`); i++) found.push(read(`${path}.${i}`));
        return found;
    }
}

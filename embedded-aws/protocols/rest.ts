/**
 * The REST protocols: method, path, query and headers carry members of the input, and what is left is the body, as JSON or
 * XML. No operation here needs a body of XML, so none is read.
 */
import { AwsError, UnsupportedError } from "../service.ts";
import type { Ask, Dialect } from "./dialect.ts";
import type { Answer, Request } from "./http.ts";
import { encodeJson, parseJson } from "./json.ts";
import { Routes } from "./routes.ts";
import { fromJson, fromText, toJson, toText } from "./shapes.ts";
import type { Shape, Shapes } from "./shapes.ts";
import { escaped, members, nameIn, wrapped } from "./xml.ts";

type Values = Record<string, unknown>;

/** The body of a REST protocol. */
interface Form {
    read(request: Request, shape: Shape, operation: string): object;
    write(
        shape: Shape,
        unbound: readonly string[],
        output: Readonly<Values>,
    ): Pick<Answer, "headers" | "body">;
    refuse(error: AwsError, requestId: string): Omit<Answer, "status">;
}

export class RestDialect implements Dialect {
    readonly service: string;
    readonly unknownKey: string;
    private readonly shapes: Shapes;
    private readonly routes: Routes;
    private readonly form: Form;

    constructor(service: string, shapes: Shapes, form: keyof typeof FORMS) {
        this.service = service;
        this.shapes = shapes;
        this.routes = new Routes(shapes);
        this.form = FORMS[form];
        this.unknownKey = form === "xml" ? "InvalidAccessKeyId" : "UnrecognizedClientException";
    }

    read(request: Request): Ask {
        const route = this.routes.find(request);
        if (!route) {
            const what = `${request.method} ${request.path}`;
            throw new AwsError(
                "UnknownOperationException",
                `${this.service} has no operation '${what}'.`,
                404,
            );
        }
        const { name, input } = route.shapes;
        if (!input.isStructSchema()) return { operation: name, input: {} };
        const bound = boundIn(input, request);
        const payload = [...input.structIterator()].find(
            ([, member]) => member.getMergedTraits().httpPayload,
        );
        const rest = payload
            ? this.payload(payload, request, name)
            : this.hasBody(input, request)
              ? this.form.read(request, input, name)
              : {};
        return { operation: name, input: { ...rest, ...bound, ...route.labels } };
    }

    answer({ operation }: Ask, output: unknown): Answer {
        const shapes = this.shapes.operations.get(operation);
        const values = (output ?? {}) as Values;
        let status = shapes?.http?.[2] ?? 200;
        if (!shapes?.output.isStructSchema()) return { status, headers: {}, body: "" };
        const headers: Record<string, string> = {};
        const unbound: string[] = [];
        let payload: string | undefined;
        for (const [name, member] of shapes.output.structIterator()) {
            const { httpHeader, httpPrefixHeaders, httpPayload, httpResponseCode } = member.getMergedTraits();
            const value = values[name];
            if (httpPayload) payload = name;
            else if (httpResponseCode) status = Number(value ?? status);
            else if (httpPrefixHeaders !== undefined)
                Object.assign(headers, prefixed(httpPrefixHeaders, value));
            else if (httpHeader === undefined) unbound.push(name);
            else if (value !== undefined)
                headers[httpHeader.toLowerCase()] = toText(member, value, "http-date");
        }
        if (payload !== undefined) return { status, headers, body: bytesOf(values[payload]) };
        const written = this.form.write(shapes.output, unbound, values);
        return { status, headers: { ...written.headers, ...headers }, body: written.body };
    }

    refuse(error: AwsError, requestId: string): Answer {
        return { status: error.statusCode, ...this.form.refuse(error, requestId) };
    }

    private payload([member, shape]: [string, Shape], request: Request, operation: string): Values {
        if (!shape.isStructSchema())
            return { [member]: shape.isBlobSchema() ? request.body : request.body.toString() };
        return { [member]: this.form.read(request, shape, operation) };
    }

    private hasBody(input: Shape, { body }: Request): boolean {
        return body.length > 0 && [...input.structIterator()].some(([, member]) => !isBoundMember(member));
    }
}

function isBoundMember(member: Shape): boolean {
    const { httpLabel, httpHeader, httpQuery, httpPrefixHeaders, httpQueryParams } = member.getMergedTraits();
    return [httpLabel, httpHeader, httpQuery, httpPrefixHeaders, httpQueryParams].some(
        (trait) => trait !== undefined,
    );
}

/** The members that the query and the headers carry. */
function boundIn(input: Shape, { query, headers }: Request): Values {
    const bound: Values = {};
    for (const [name, member] of input.structIterator()) {
        const { httpHeader, httpQuery, httpPrefixHeaders } = member.getMergedTraits();
        if (httpPrefixHeaders !== undefined) {
            const prefix = httpPrefixHeaders.toLowerCase();
            const named = Object.entries(headers).filter(([header]) => header.startsWith(prefix));
            bound[name] = Object.fromEntries(
                named.map(([header, value]) => [header.slice(prefix.length), value]),
            );
        }
        const text = httpHeader !== undefined ? headers[httpHeader.toLowerCase()] : undefined;
        const values = httpQuery !== undefined ? query.getAll(httpQuery) : text === undefined ? [] : [text];
        const [value] = values;
        if (value === undefined) continue;
        bound[name] = member.isListSchema()
            ? values.map((each) => fromText(member.getValueSchema(), each))
            : fromText(member, value);
    }
    return bound;
}

function prefixed(prefix: string, values: unknown): Record<string, string> {
    const entries = Object.entries((values ?? {}) as Record<string, string>);
    return Object.fromEntries(entries.map(([name, value]) => [`${prefix}${name}`.toLowerCase(), value]));
}

function bytesOf(value: unknown): string | Uint8Array {
    return value instanceof Uint8Array || typeof value === "string"
        ? value
        : value === undefined
          ? ""
          : encodeJson(value);
}

const JSON_HEADERS = { "content-type": "application/json" };
const XML_HEADERS = { "content-type": "application/xml" };

const FORMS = {
    json: {
        read: ({ body }, shape) => fromJson(shape, parseJson(body)) as object,
        write(shape, unbound, output) {
            const shown = toJson(shape, Object.fromEntries(unbound.map((name) => [name, output[name]])));
            return { headers: JSON_HEADERS, body: encodeJson(shown) };
        },
        refuse({ name, message, statusCode, details }) {
            const Type = statusCode < 500 ? "User" : "Service";
            return {
                headers: { ...JSON_HEADERS, "x-amzn-errortype": name },
                body: encodeJson({ Type, message, ...details }),
            };
        },
    },
    xml: {
        read({ path }, _shape, operation) {
            throw new UnsupportedError(`The embedded AWS reads no body of XML: ${operation} ${path}`);
        },
        write(shape, unbound, output) {
            const shown = Object.fromEntries(unbound.map((name) => [name, output[name]]));
            const name = nameIn(shape, shape.getName() ?? "Result");
            const body =
                unbound.length === 0
                    ? ""
                    : `<?xml version="1.0" encoding="UTF-8"?>\n${wrapped(name, members(shape, shown))}`;
            return { headers: XML_HEADERS, body };
        },
        refuse({ name, message, details }, requestId) {
            const more = Object.entries(details).map(([key, value]) =>
                wrapped(key, escaped(String(value as string))),
            );
            const content =
                wrapped("Code", escaped(name)) + wrapped("Message", escaped(message)) + more.join("");
            const body = `<?xml version="1.0" encoding="UTF-8"?>\n${wrapped("Error", content + wrapped("RequestId", requestId))}`;
            return { headers: XML_HEADERS, body };
        },
    },
} satisfies Record<string, Form>;

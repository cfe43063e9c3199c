/** Which operation of a REST service a request is for, by its method, its path, its query and its headers. */
import type { Request } from "./http.ts";
import type { OperationShapes, Shapes } from "./shapes.ts";

export interface Route {
    readonly shapes: OperationShapes;
    /** The parts of the path, by the members of the input that they are. */
    readonly labels: Readonly<Record<string, string>>;
}

interface Template {
    readonly shapes: OperationShapes;
    readonly method: string;
    readonly path: RegExp;
    readonly labels: readonly string[];
    /** What the query must have; an empty value stands for any. */
    readonly query: readonly (readonly [string, string])[];
    /** The headers and members of the query that the input cannot do without. */
    readonly bound: readonly Binding[];
}

interface Binding {
    readonly in: "header" | "query";
    readonly name: string;
}

/** The SDK's own note in the query of an operation. Other clients leave it out. */
const NOTE = "x-id";

export class Routes {
    private readonly templates: readonly Template[];

    constructor(shapes: Shapes) {
        const all = [...shapes.operations.values()].flatMap((operation) => templateOf(operation) ?? []);
        // The operation that asks for most comes first: `GET /bucket?list-type=2` is no `GET /bucket`.
        this.templates = all.sort((a, b) => demands(b) - demands(a));
    }

    find(request: Request): Route | undefined {
        for (const { shapes, method, path, labels, query, bound } of this.templates) {
            if (method !== request.method) continue;
            const match = path.exec(request.path);
            if (!match || !query.every((part) => hasQuery(request, part))) continue;
            if (!bound.every((part) => isBound(request, part))) continue;
            const values = labels.map((label, i) => [label, decodeURIComponent(match[i + 1] ?? "")]);
            return { shapes, labels: Object.fromEntries(values) as Record<string, string> };
        }
        return undefined;
    }
}

function templateOf(shapes: OperationShapes): Template | undefined {
    if (!shapes.http) return undefined;
    const [method, uri] = shapes.http;
    const [path = "", query = ""] = uri.split("?");
    const labels: string[] = [];
    const bound: Binding[] = [];
    let prefix = "";
    for (const [name, member] of shapes.input.isStructSchema() ? shapes.input.structIterator() : []) {
        const { httpLabel, httpHeader, httpQuery } = member.getMergedTraits();
        // What the SDK puts into the name of the host, such as a bucket, stands first in the path here.
        if (httpLabel && !new RegExp(`\\{${name}\\+?\\}`).test(path)) {
            labels.push(name);
            prefix += "/([^/]+)";
        }
        if (!shapes.required.has(name)) continue;
        if (httpHeader !== undefined) bound.push({ in: "header", name: httpHeader.toLowerCase() });
        if (httpQuery !== undefined) bound.push({ in: "query", name: httpQuery });
    }
    const pattern = path.replace(/\/$/, "").replace(/\{(\w+)(\+?)\}/g, (_, label: string, greedy: string) => {
        labels.push(label);
        return greedy === "" ? "([^/]+)" : "(.+)";
    });
    const wanted = [...new URLSearchParams(query)].filter(([name]) => name !== NOTE);
    const slash = path.includes("+}") ? "" : "/?";
    return {
        shapes,
        method,
        path: new RegExp(`^${prefix}${pattern}${slash}$`),
        labels,
        query: wanted,
        bound,
    };
}

function demands({ labels, query, bound }: Template): number {
    return 100 * (query.length + bound.length) + labels.length;
}

function hasQuery({ query }: Request, [name, value]: readonly [string, string]): boolean {
    return query.has(name) && (value === "" || query.get(name) === value);
}

function isBound({ headers, query }: Request, { in: where, name }: Binding): boolean {
    return where === "header" ? headers[name] !== undefined : query.has(name);
}

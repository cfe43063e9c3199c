/**
 * The dialects that look at shapes. What they need takes a while to load, and the functions of a run never speak them, so
 * they are imported when a client first does.
 */
import { CborDialect } from "./cbor.ts";
import type { Dialect, TypedKind } from "./dialect.ts";
import { QueryDialect } from "./query.ts";
import { RestDialect } from "./rest.ts";
import { Shapes } from "./shapes.ts";
import { TypedJsonDialect } from "./typed-json.ts";

export interface Client {
    readonly service: string;
    /** What the module of the SDK's client exports. */
    readonly exports: Readonly<Record<string, unknown>>;
    readonly namespace?: string | undefined;
}

export function typedDialect(kind: TypedKind, { service, exports, namespace = "" }: Client): Dialect {
    const shapes = new Shapes(exports);
    switch (kind) {
        case "json":
            return new TypedJsonDialect(service, shapes);
        case "cbor":
            return new CborDialect(service, shapes);
        case "query":
            return new QueryDialect(service, shapes, namespace);
        case "rest-json":
            return new RestDialect(service, shapes, "json");
        case "rest-xml":
            return new RestDialect(service, shapes, "xml");
    }
}

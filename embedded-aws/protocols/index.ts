/** Finds how a request speaks: the service by what the request is signed for, the protocol by its headers. */
import type { Addresses, ServiceDescriptor, Wire, World } from "../service.ts";
import { CborDialect } from "./cbor.ts";
import type { Dialect } from "./dialect.ts";
import { targetOf } from "./http.ts";
import type { Request, Signature } from "./http.ts";
import { QueryDialect } from "./query.ts";
import { RestDialect } from "./rest.ts";
import { Shapes } from "./shapes.ts";
import { TargetDialect } from "./targets.ts";
import { TypedJsonDialect } from "./typed-json.ts";

export type { Ask, Dialect } from "./dialect.ts";
export { requestOf, signatureOf } from "./http.ts";
export type { Answer, Request, Signature } from "./http.ts";

type Kind = "target" | "json" | "cbor" | "query" | "rest-json" | "rest-xml";

export class Dialects {
    /** By the first part of the header `X-Amz-Target`. */
    private readonly targets = new Map<string, Dialect>();
    /** By the names of services in signatures. */
    private readonly wires = new Map<string, ServiceDescriptor & { readonly wire: Wire }>();
    private readonly shapes = new Map<string, Promise<Shapes>>();
    private readonly addresses: Addresses;

    constructor({ descriptors }: Pick<World, "descriptors">, addresses: Addresses) {
        this.addresses = addresses;
        for (const descriptor of descriptors.values()) {
            const { name, protocol, wire } = descriptor;
            if (protocol) this.targets.set(protocol.target, new TargetDialect(name, protocol, addresses));
            if (wire) this.wires.set(wire.signedAs, { ...descriptor, wire });
        }
    }

    async of(request: Request, signature: Signature | undefined): Promise<Dialect> {
        const known = this.targets.get(targetOf(request).service);
        if (known) return known;
        const signedAs = signature?.service ?? "";
        const descriptor = this.wires.get(signedAs);
        if (!descriptor) return this.unknown(signedAs, request);
        const { name, wire } = descriptor;
        const shapes = await this.shapesOf(name, wire);
        return dialectOf(kindOf(request, wire.rest), name, shapes, wire.namespace);
    }

    /** Refuses in the form in which the client spoke. */
    private unknown(signedAs: string, request: Request): Dialect {
        const kind = request.headers["x-amz-target"] === undefined ? kindOf(request, "rest-json") : "target";
        const protocol = { target: "", version: "1.0" } as const;
        if (kind === "target") return new TargetDialect(signedAs, protocol, this.addresses);
        return dialectOf(kind, signedAs, new Shapes({}), "");
    }

    private shapesOf(name: string, wire: Wire): Promise<Shapes> {
        let shapes = this.shapes.get(name);
        if (!shapes) this.shapes.set(name, (shapes = wire.client().then((client) => new Shapes(client))));
        return shapes;
    }
}

function kindOf({ headers }: Request, rest: Wire["rest"]): Exclude<Kind, "target"> {
    if (headers["x-amz-target"] !== undefined) return "json";
    if (headers["smithy-protocol"] === "rpc-v2-cbor") return "cbor";
    const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
    return isForm ? "query" : (rest ?? "query");
}

function dialectOf(kind: Exclude<Kind, "target">, service: string, shapes: Shapes, namespace = ""): Dialect {
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

/** Finds how a request speaks: the service by what the request is signed for, the protocol by its headers. */
import type { Addresses, ServiceDescriptor, Wire, World } from "../service.ts";
import type { Dialect, TypedKind } from "./dialect.ts";
import { targetOf } from "./http.ts";
import type { Request, Signature } from "./http.ts";
import { TargetDialect } from "./targets.ts";

export type { Ask, Dialect } from "./dialect.ts";
export { requestOf, signatureOf } from "./http.ts";
export type { Answer, Request, Signature } from "./http.ts";

export class Dialects {
    /** By the first part of the header `X-Amz-Target`. */
    private readonly targets = new Map<string, Dialect>();
    /** By the names of services in signatures. */
    private readonly wires = new Map<string, ServiceDescriptor & { readonly wire: Wire }>();
    /** By kind and service. */
    private readonly typed = new Map<string, Promise<Dialect>>();
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
        const kind = kindOf(request, wire.rest);
        const key = `${kind} ${name}`;
        let dialect = this.typed.get(key);
        if (!dialect) this.typed.set(key, (dialect = load(kind, name, wire)));
        return dialect;
    }

    /** Refuses in the form in which the client spoke. */
    private unknown(signedAs: string, request: Request): Dialect | Promise<Dialect> {
        if (request.headers["x-amz-target"] !== undefined)
            return new TargetDialect(signedAs, { target: "", version: "1.0" }, this.addresses);
        return load(kindOf(request, "rest-json"), signedAs, { client: () => Promise.resolve({}) });
    }
}

function kindOf({ headers }: Request, rest: Wire["rest"]): TypedKind {
    if (headers["x-amz-target"] !== undefined) return "json";
    if (headers["smithy-protocol"] === "rpc-v2-cbor") return "cbor";
    const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
    return isForm ? "query" : (rest ?? "query");
}

async function load(
    kind: TypedKind,
    service: string,
    { client, namespace }: Pick<Wire, "client" | "namespace">,
): Promise<Dialect> {
    const [{ typedDialect }, exports] = await Promise.all([import("./typed.ts"), client()]);
    return typedDialect(kind, { service, exports, namespace });
}

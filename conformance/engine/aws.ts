/**
 * A stand-in for Pulumi's AWS provider: the engine starts it as `pulumi-resource-aws` and talks to it by the provider protocol. It creates
 * nothing. Resources get the ids, names and ARNs that the embedded AWS gives to recorded programs, so what the engine does with them can
 * be looked at. AWS_REGION is the region of all of them.
 */
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { main } from "@pulumi/pulumi/provider/index.js";
import type { CreateResult, DiffResult, InvokeResult, Provider } from "@pulumi/pulumi/provider/index.js";
import { assign, invoke, partitionOf } from "../../embedded-aws/index.ts";

type Values = Readonly<Record<string, unknown>>;

/** The output with the names of a resource's inputs: without it, nobody would see that an input is gone. */
const NAMES = "__inputs";

/** Inputs whose change replaces a resource: they name it. The real provider has more. */
const NAMING = ["name", "namePrefix", "bucket", "hashKey", "rangeKey"];

const region = process.env["AWS_REGION"] ?? "us-east-1";
const location = { account: "123456789012", region, partition: partitionOf(region), seed: 1 };

class AwsStandIn implements Provider {
    readonly version = "7.48.0";

    diff(_id: string, _urn: string, olds: Values, news: Values): Promise<DiffResult> {
        const former = (olds[NAMES] ?? []) as readonly string[];
        const changed = [...new Set([...former, ...Object.keys(news)])].filter(
            (name) => !isDeepStrictEqual(olds[name], news[name]),
        );
        const replaces = changed.filter((name) => NAMING.includes(name));
        return Promise.resolve({ changes: changed.length > 0, replaces });
    }

    create(urn: string, inputs: Values): Promise<CreateResult> {
        const [, , types = "", name = ""] = urn.split("::");
        const type = types.split("$").at(-1) ?? "";
        const { id, outputs } = assign({ type, name, inputs: plain(inputs) as Values, urn }, location);
        return Promise.resolve({ id, outs: { ...outputs, ...inputs, [NAMES]: Object.keys(inputs) } });
    }

    update(_id: string, _urn: string, olds: Values, news: Values): Promise<{ outs: Values }> {
        const former = (olds[NAMES] ?? []) as readonly string[];
        const assigned = Object.entries(olds).filter(([name]) => !former.includes(name));
        return Promise.resolve({
            outs: { ...Object.fromEntries(assigned), ...news, [NAMES]: Object.keys(news) },
        });
    }

    delete(): Promise<void> {
        return Promise.resolve();
    }

    invoke(token: string, args: Values): Promise<InvokeResult> {
        return Promise.resolve({ outputs: invoke(token, plain(args) as Values, location) });
    }
}

/** Without the marks of secrets. */
function plain(value: unknown): unknown {
    if (pulumi.runtime.isRpcSecret(value)) return plain(pulumi.runtime.unwrapRpcSecret(value));
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]));
}

void main(new AwsStandIn(), process.argv.slice(2));

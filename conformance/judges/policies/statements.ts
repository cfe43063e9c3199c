/** The policies of a recorded program, wherever an input holds one. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { RecordedProgram, Resource } from "../../../embedded-aws/index.ts";

export interface Policy {
    /** The resource and its input. */
    readonly where: string;
    /** What the policy belongs to: a role that acts, a role's trust, or a resource that is acted on. */
    readonly kind: "identity" | "trust" | "resource";
    readonly document: PolicyDocument;
}

export interface PolicyDocument {
    readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

export function policiesOf(program: RecordedProgram): Policy[] {
    return program.resources.flatMap((resource) =>
        Object.entries(resource.inputs).flatMap(([input, value]) => {
            const document = policyIn(value);
            return document
                ? [{ where: `${resource.name} (${input})`, kind: kindOf(resource, input), document }]
                : [];
        }),
    );
}

/** The documents in docs/ci/. */
export function pipelinePolicies(): Policy[] {
    const folder = join(import.meta.dirname, "../../../docs/ci");
    return globSync("*.json", { cwd: folder }).map((file) => ({
        where: basename(file),
        kind: file.endsWith("-trust.json") ? "trust" : "identity",
        document: JSON.parse(readFileSync(join(folder, file), "utf8")) as PolicyDocument,
    }));
}

function policyIn(value: unknown): PolicyDocument | undefined {
    if (typeof value !== "string" || !value.startsWith("{")) return undefined;
    const parsed = JSON.parse(value) as Partial<PolicyDocument>;
    return Array.isArray(parsed.Statement) ? (parsed as PolicyDocument) : undefined;
}

function kindOf({ type }: Resource, input: string): Policy["kind"] {
    if (input === "assumeRolePolicy") return "trust";
    return type === "aws:iam/rolePolicy:RolePolicy" ? "identity" : "resource";
}

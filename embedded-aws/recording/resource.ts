/** A resource as the program declared it, recorded under Pulumi's mocks with every output resolved. */
export interface Resource {
    /** Pulumi's type token, such as `aws:sqs/queue:Queue`. */
    readonly type: string;
    /** The name in the program, not the physical one. */
    readonly name: string;
    readonly urn: string;
    /** The parent's URN; absent for the stack itself. */
    readonly parent?: string;
    /** The inputs as the provider would get them (camelCase). Assets are `RecordedAsset`s. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** The inputs and what AWS would have assigned: `id`, `arn`, `url`, `streamArn`, the physical `name` … */
    readonly outputs: Readonly<Record<string, unknown>>;
}

/** The contents of a Pulumi asset or archive, read at recording time. */
export type RecordedAsset =
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "archive"; readonly files: Readonly<Record<string, string>> };

/** A recorded stack: everything that a deployment needs. */
export interface RecordedProgram {
    readonly project: string;
    readonly stack: string;
    readonly account: string;
    readonly region: string;
    readonly partition: string;
    /** In the order of dependencies, otherwise sorted by URN. */
    readonly resources: readonly Resource[];
    /** The stack's outputs. */
    readonly outputs: Readonly<Record<string, unknown>>;
}

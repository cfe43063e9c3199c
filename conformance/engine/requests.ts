/** What the tests ask of the process that runs programs on the engine, and what it answers. */
import type { ProgramName } from "./programs.ts";

export interface EngineRequest {
    readonly operation: "preview" | "up" | "destroy" | "export";
    readonly stack: string;
    /** Which program; none for `destroy` and `export`. */
    readonly program?: ProgramName;
    /** The stack's configuration; keys with their namespace, and with the path of a part where the value is an object. */
    readonly config: Readonly<Record<string, string>>;
}

export interface Outcome {
    /** What the engine did to how many resources, such as `{ create: 3, same: 40 }`. */
    readonly changes: Readonly<Record<string, number>>;
    /** What it did to each resource that did not stay the same: `update aws:sqs/queue:Queue jobs`. */
    readonly steps: readonly string[];
    /** The errors that it showed. */
    readonly errors: readonly string[];
    readonly outputs: Readonly<Record<string, { readonly value: unknown; readonly secret: boolean }>>;
    /** The state, by `export`. */
    readonly state?: State;
}

export interface State {
    /** The whole file of the backend. */
    readonly text: string;
    readonly resources: readonly StateResource[];
}

/** The part of the backend's file that is read. */
export interface Checkpoint {
    readonly checkpoint: { readonly latest?: { readonly resources?: readonly StateResource[] } };
}

export interface StateResource {
    readonly type: string;
    readonly urn: string;
    readonly id?: string;
    readonly custom: boolean;
    readonly protect?: boolean;
    readonly retainOnDelete?: boolean;
    readonly provider?: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
}

/** A failure of the machinery itself; a program's failure is an `Outcome` with errors. */
export interface Broken {
    readonly broken: string;
}

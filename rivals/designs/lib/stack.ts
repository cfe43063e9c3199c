/** Declares resources as a Pulumi program would, without Pulumi: a rival's stack is a list, and takes no process to record. */
import { assign } from "../../../embedded-aws/index.ts";
import type { RecordedProgram, Resource } from "../../../embedded-aws/index.ts";

type Inputs = Readonly<Record<string, unknown>>;

/** What AWS assigned to a resource, as text. */
export type Outputs = Readonly<Record<string, string>>;

export class Stack {
    private readonly destination = {
        account: "123456789012",
        region: "us-east-1",
        partition: "aws",
        seed: 1,
    };
    private readonly project: string;
    private readonly resources: Resource[] = [];

    constructor(project: string) {
        this.project = project;
    }

    /** Declares a resource. What it refers to must have been declared before. */
    add(type: string, name: string, inputs: Inputs): Outputs {
        const urn = `urn:pulumi:compare::${this.project}::${type}::${name}`;
        const { outputs } = assign({ type, name, inputs, urn }, this.destination);
        this.resources.push({ type, name, urn, inputs, outputs });
        return outputs as Outputs;
    }

    program(outputs: Inputs): RecordedProgram {
        const { account, region, partition } = this.destination;
        const { project, resources } = this;
        return { project, stack: "compare", account, region, partition, resources, outputs };
    }
}

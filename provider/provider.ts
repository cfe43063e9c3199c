/** The components as a provider of Pulumi's, for programs in other languages than JavaScript. */
import type * as pulumi from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider/index.js";
import { JobQueue } from "../components/index.ts";
import type { JobQueueArgs } from "../components/index.ts";

const JOB_QUEUE = "turnstile:index:JobQueue";

export class TurnstileProvider implements Provider {
    readonly name = "turnstile";
    readonly version: string;
    /** What the provider has, for those who generate an SDK from it. */
    readonly schema: string;

    /** @param schema the text of schema.json */
    constructor(schema: string) {
        this.schema = schema;
        this.version = (JSON.parse(schema) as { version: string }).version;
    }

    construct(
        name: string,
        type: string,
        inputs: pulumi.Inputs,
        options: pulumi.ComponentResourceOptions,
    ): Promise<ConstructResult> {
        if (type !== JOB_QUEUE)
            throw new Error(`There is no component ${type} for other languages; expected ${JOB_QUEUE}`);
        // The component itself says what is missing or wrong.
        const queue = new JobQueue(name, inputs as JobQueueArgs, options);
        return Promise.resolve({ urn: queue.urn, state: queue.plainOutputs() });
    }
}

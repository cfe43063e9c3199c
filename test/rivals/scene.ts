/** A rival without faults: send it messages, let time pass, see what it calls and what runs. */
import { GlueService, StepFunctionsService } from "../../embedded-aws/index.ts";
import type { Call, EmbeddedWorld, ExecutionSummary, RecordedProgram } from "../../embedded-aws/index.ts";
import { JOB_NAME } from "../../rivals/designs/lib/parts.ts";
import { Messages } from "../../rivals/measure/messages.ts";
import { openWorld } from "../../rivals/measure/measure.ts";
import { OUTPUT } from "../../rivals/rival.ts";
import type { Rival } from "../../rivals/rival.ts";

const user = { principal: "user" };

export class Scene {
    readonly world: EmbeddedWorld;
    readonly program: RecordedProgram;
    readonly calls: Call[] = [];
    private readonly rival: Rival;

    private constructor(rival: Rival, program: RecordedProgram, world: EmbeddedWorld) {
        this.rival = rival;
        this.program = program;
        this.world = world;
        world.intercept((call, next) => {
            this.calls.push(call);
            return next();
        });
    }

    /** Runs `play` with a rival of that limit, whose jobs run 300 seconds. */
    static async of(rival: Rival, limit: number, play: (scene: Scene) => Promise<void>): Promise<void> {
        const program = await rival.program({ limit });
        const world = await openWorld(program, { seed: 1, jobSeconds: 300, faults: "none" });
        try {
            await play(new Scene(rival, program, world));
        } finally {
            await world.close();
        }
    }

    async pass(seconds: number): Promise<void> {
        const { clock } = this.world;
        const timer = clock.after(seconds * 1000, () => clock.stop());
        await clock.run();
        clock.cancel(timer);
    }

    /** Sends messages, and waits until they have arrived. */
    async send(count: number): Promise<void> {
        new Messages(this.world, this.program, count).send();
        await this.pass(5);
    }

    get running(): number {
        return this.world.service(GlueService).running;
    }

    /** Runs in Glue's queue. */
    get waitingInGlue(): number {
        return this.world.service(GlueService).job(JOB_NAME).waiting.length;
    }

    get taken(): number {
        return this.rival.slotsTaken?.(this.world, this.program) ?? Number.NaN;
    }

    get executions(): ExecutionSummary[] {
        return [...this.world.service(StepFunctionsService).allExecutions()];
    }

    /** The calls of an operation by a service's callers: `states` or `lambda`. */
    callsOf(operation: string, principal: string): Call[] {
        return this.calls.filter(
            (call) => call.operation === operation && call.caller.principal === `${principal}.amazonaws.com`,
        );
    }

    /** Stops an execution with a running job, as a person does. */
    abort(): void {
        const running = this.executions.find(
            ({ status, state }) => status === "RUNNING" && state === "Run job",
        );
        this.world.call("states", "StopExecution", { executionArn: running?.arn }, user);
    }

    /** Messages in the queue, by what keeps them there: nothing, a receive or a delay. */
    get queued(): { visible: number; inFlight: number; delayed: number } {
        const input = { QueueUrl: this.program.outputs[OUTPUT.queueUrl], AttributeNames: ["All"] };
        const { Attributes } = this.world.call("sqs", "GetQueueAttributes", input, user) as {
            Attributes: Record<string, string>;
        };
        const count = (kind: string): number => Number(Attributes[`ApproximateNumberOfMessages${kind}`]);
        return { visible: count(""), inFlight: count("NotVisible"), delayed: count("Delayed") };
    }
}

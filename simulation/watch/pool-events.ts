/** What happens to the runs and executions of one pool: another one on the same table has others. */
import { GlueService, StepFunctionsService } from "../../embedded-aws/index.ts";
import type { EmbeddedWorld, ExecutionSummary, GlueRun } from "../../embedded-aws/index.ts";
import { messageIdOf } from "../../slots/holder.ts";
import { POOL_ARGUMENT } from "../../slots/table.ts";

export class PoolEvents {
    private readonly pool: string;
    private readonly glue: GlueService;
    private readonly stepFunctions: StepFunctionsService;
    /** The ids of the messages whose executions were started. */
    private readonly started = new Set<string>();

    constructor(world: EmbeddedWorld, pool: string) {
        this.pool = pool;
        this.glue = world.service(GlueService);
        this.stepFunctions = world.service(StepFunctionsService);
    }

    /** Somebody starts an execution of the pool's state machine. */
    executionStarts(name: string): void {
        this.started.add(messageIdOf(name));
    }

    onRunStart(listener: (run: GlueRun) => void): void {
        this.glue.onStart((run) => this.isOwn(run) && listener(run));
    }

    onRunEnd(listener: (run: GlueRun) => void): void {
        this.glue.onEnd((run) => this.isOwn(run) && listener(run));
    }

    onExecutionEnd(listener: (execution: ExecutionSummary) => void): void {
        this.stepFunctions.onEnd((execution) => this.has(execution.name) && listener(execution));
    }

    /** Called with an execution's name whenever it enters a state or tries it again. */
    onTransition(listener: (execution: string, state: string) => void): void {
        this.stepFunctions.onTransition((name, state) => this.has(name) && listener(name, state));
    }

    /** All executions, in the order of their start. */
    executions(): ExecutionSummary[] {
        return [...this.stepFunctions.allExecutions()].filter(({ name }) => this.has(name));
    }

    /** Whether the execution of a message was started. */
    has(name: string): boolean {
        return this.started.has(messageIdOf(name));
    }

    private isOwn(run: GlueRun): boolean {
        return run.arguments[POOL_ARGUMENT] === this.pool;
    }
}

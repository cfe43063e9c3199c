/** People abort executions, in whatever states they are, and redrive them: at once, or again and again. */
import { StepFunctionsService } from "../embedded-aws/index.ts";
import type { ExecutionSummary, RecordedProgram, ServiceName } from "../embedded-aws/index.ts";
import { decide } from "./chance.ts";
import type { FaultsContext } from "./faults/calls.ts";
import type { Act } from "./scenario.ts";
import type { PoolWatch } from "./watch/pool.ts";

export interface AbortsContext extends FaultsContext {
    readonly program: RecordedProgram;
    readonly pools: readonly PoolWatch[];
    /** Makes a call for people. False if AWS refused it. */
    readonly tries: (service: ServiceName, operation: string, input: object) => boolean;
}

type Armed = Act & { readonly kind: "abortIn" };

const DEAD: readonly string[] = ["FAILED", "ABORTED", "TIMED_OUT"];

/** A redrive after others: the third of an execution. */
const AGAIN = 3;

export class Aborts {
    private readonly context: AbortsContext;
    /** What is yet to happen, by the state that it waits for. */
    private readonly armed = new Map<string, Armed[]>();
    /** When executions are redriven whose histories the reaper reads: milliseconds after that. */
    private readonly inRescues: number[] = [];
    /** The executions that are aborted in the next state that they enter. */
    private readonly chased = new Set<string>();

    constructor(context: AbortsContext) {
        this.context = context;
        const { acts } = context.scenario;
        if (acts.some(({ kind }) => kind === "abortIn"))
            this.service.onTransition((name, state) => this.entered(name, state));
        if (acts.some(({ kind }) => kind === "redriveInRescue")) this.watchRescues();
    }

    /** One of the executions that run. */
    abort(which: number, redriveAfter: number | undefined): void {
        const chosen = this.pick(which, "RUNNING");
        if (chosen) this.abortIt(chosen, redriveAfter);
    }

    /** The next execution that enters one of the states that last. */
    abortIn(act: Armed): void {
        const states = lastingStates(this.context.program);
        const state = states[Math.floor(act.which * states.length)] ?? "";
        this.armed.set(state, [...(this.armed.get(state) ?? []), act]);
    }

    /** A dead execution whose history the reaper reads. */
    redriveInRescue(pause: number): void {
        this.inRescues.push(pause);
    }

    /** The reaper reads a history several times before it is certain: every third time, more or less, a person is faster. */
    private watchRescues(): void {
        const { callers, journal, scenario, world } = this.context;
        let reads = 0;
        world.intercept((call, next) => {
            const answer = next();
            if (call.operation !== "GetExecutionHistory" || callers.of(call) !== "reaper") return answer;
            const { executionArn } = call.input as { executionArn?: string };
            const read = this.all().find(({ arn, status }) => arn === executionArn && DEAD.includes(status));
            if (!read || decide(scenario.seed, `read ${++reads}`) > 1 / 3) return answer;
            const pause = this.inRescues.pop();
            if (pause === undefined) return answer;
            journal.count("redriven in a rescue");
            world.clock.after(pause, () => this.redriveIt(read));
            return answer;
        }, "states");
    }

    redrive(which: number): void {
        const chosen = this.pick(which, ...DEAD);
        if (chosen) this.redriveIt(chosen);
    }

    /** Aborts one of the executions that run and redrives it, until the faults end. */
    redriveAgain(which: number, times: number, pause: number): void {
        const chosen = this.pick(which, "RUNNING");
        if (chosen) this.again(chosen, times, pause);
    }

    private again(execution: ExecutionSummary, times: number, pause: number): void {
        const { scenario, journal, world } = this.context;
        this.abortIt(execution, undefined);
        world.clock.after(pause, () => {
            this.redriveIt(execution);
            if (times <= 1 || journal.elapsed >= scenario.calmFrom) return;
            world.clock.after(pause, () => this.again(execution, times - 1, pause));
        });
    }

    private entered(name: string, state: string): void {
        if (this.chased.delete(name)) return this.abortSoon(name, 0, undefined);
        const [act, ...others] = this.armed.get(state) ?? [];
        if (!act) return;
        this.armed.set(state, others);
        if (act.isChased && act.redriveAfter !== undefined)
            this.context.world.clock.after(act.pause + act.redriveAfter, () => void this.chased.add(name));
        this.abortSoon(name, act.pause, act.redriveAfter);
    }

    private abortSoon(name: string, pause: number, redriveAfter: number | undefined): void {
        this.context.world.clock.after(pause, () => {
            const found = this.all().find((execution) => execution.name === name);
            if (found) this.abortIt(found, redriveAfter);
        });
    }

    private abortIt({ arn, name }: ExecutionSummary, redriveAfter: number | undefined): void {
        const { journal, tries, world } = this.context;
        const before = this.all().find((each) => each.arn === arn);
        if (before?.status !== "RUNNING" || !tries("states", "StopExecution", { executionArn: arn })) return;
        journal.count(`aborted in ${before.state ?? "no state"}`);
        journal.note(`people: ${name} is aborted in ${String(before.state)}`);
        if (redriveAfter !== undefined) world.clock.after(redriveAfter, () => this.redriveIt(before));
    }

    private redriveIt({ arn, name }: ExecutionSummary): void {
        const { pools, tries, journal } = this.context;
        for (const { messages } of pools) messages.wasRedriven(name);
        if (!tries("states", "RedriveExecution", { executionArn: arn })) return;
        const { redriveCount = 0 } = this.all().find((each) => each.arn === arn) ?? {};
        if (redriveCount >= AGAIN) journal.count("redriven again and again");
    }

    private pick(which: number, ...statuses: string[]): ExecutionSummary | undefined {
        const fitting = this.all().filter(({ status }) => statuses.includes(status));
        return fitting[Math.floor(which * fitting.length)];
    }

    private all(): ExecutionSummary[] {
        return [...this.service.allExecutions()];
    }

    private get service(): StepFunctionsService {
        return this.context.world.service(StepFunctionsService);
    }
}

/** The states in which time passes: those that call somebody, and those that wait. */
export function lastingStates(program: RecordedProgram): string[] {
    const machine = program.resources.find(({ type }) => type === "aws:sfn/stateMachine:StateMachine");
    const { States } = JSON.parse(String(machine?.inputs["definition"])) as {
        States: Record<string, { Type: string }>;
    };
    return Object.keys(States).filter((name) => ["Task", "Wait"].includes(States[name]?.Type ?? ""));
}

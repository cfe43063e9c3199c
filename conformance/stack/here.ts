/** The program on the embedded AWS. Job runs use the TypeScript twin of the demonstration's script. */
import type { GlueRun, RecordedProgram } from "../../embedded-aws/index.ts";
import { aggregate } from "../../examples/weather/aggregate.ts";
import { TestStack } from "../../test/stack/test-stack.ts";
import type { SeenRun, ServiceName, Site } from "./site.ts";

/** How long a run's script takes, the time between two looks, and the most that a demonstration may take, in milliseconds of the virtual clock. */
const JOB_MILLIS = 5 * 60_000;
const MOMENT = 500;
const LONGEST = 24 * 3_600_000;

export async function openHere(program: RecordedProgram): Promise<Site> {
    const printed = new Map<string, string>();
    const stack = await TestStack.open({
        programs: [program],
        // The handlers of the bundles with the SDK's clients, as on MiniStack.
        functions: "sdk",
        job: (run) => {
            try {
                printed.set(run.id, `${aggregate(run.effectiveArguments(), () => "")}\n`);
                return { millis: JOB_MILLIS };
            } catch (error) {
                const errorMessage = (error as Error).message;
                return { millis: JOB_MILLIS, end: { state: "FAILED", errorMessage } };
            }
        },
    });
    const opened = stack.world.clock.now();
    const user = { principal: "user" };
    return {
        output: (name) => stack.output(name),
        call: <T>(service: ServiceName, operation: string, input: object) =>
            Promise.resolve(stack.world.call(service, operation, input, user) as T),
        runs: () => Promise.resolve(stack.runs.map((run) => seen(run, printed.get(run.id)))),
        pass: async () => {
            await stack.pass(MOMENT);
            return stack.world.clock.now() - opened < LONGEST;
        },
        log: () => Promise.resolve("The embedded AWS keeps no log."),
        close: () => stack.close(),
    };
}

function seen(run: GlueRun, printed = ""): SeenRun {
    return { id: run.id, arguments: run.arguments, started: run.startedOn, ended: run.completedOn, printed };
}

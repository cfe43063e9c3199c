/** The small program on the embedded AWS with all of its services: what recorder, world, services and runtimes are together. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { recordProgram } from "../../embedded-aws/recording/record-program.ts";
import type { RecordedProgram } from "../../embedded-aws/recording/resource.ts";
import { timedRuns } from "../../embedded-aws/services/glue/index.ts";
import { createServices } from "../../embedded-aws/services/index.ts";
import type { ServicesOptions } from "../../embedded-aws/services/index.ts";
import { LambdaService } from "../../embedded-aws/services/lambda/index.ts";
import type { Caller } from "../../embedded-aws/service.ts";
import { EmbeddedWorld } from "../../embedded-aws/world.ts";
import { platform } from "./mini-platform.ts";

const directory = fileURLToPath(new URL("fixtures/mini", import.meta.url));
const user: Caller = { principal: "user" };

describe("a recorded program on the embedded AWS", function () {
    let program: RecordedProgram;
    const worlds: EmbeddedWorld[] = [];

    before(async () => {
        program = await recordProgram({ directory, stack: "dev" });
    });

    afterEach(async () => {
        for (const world of worlds.splice(0)) await world.close();
    });

    async function open(
        functions: NonNullable<ServicesOptions["functions"]> = "direct",
        programs = [program],
    ): Promise<EmbeddedWorld> {
        const jobs: ServicesOptions["jobs"] = ({ clock }) => timedRuns(clock, () => 60_000);
        const world = await EmbeddedWorld.open({
            programs,
            services: createServices({ functions, jobs, platform }),
        });
        worlds.push(world);
        return world;
    }

    /** Invokes the program's function with each event, all at once, and runs the world until nothing is left to do. */
    async function invoke(world: EmbeddedWorld, ...events: object[]): Promise<unknown[]> {
        const lambda = world.service(LambdaService);
        const name = String(program.outputs["functionArn"]).split(":").at(-1) ?? "";
        const answers = Promise.all(events.map((event) => lambda.invoke(name, event, user)));
        world.clock.after(10_000, () => {
            world.clock.stop();
        });
        await world.clock.run();
        return (await answers).map(({ Payload }) => (Payload as { counts?: unknown }).counts);
    }

    it("has its function write to its table", async () => {
        const world = await open();
        assert.deepEqual(await invoke(world, { key: "a", times: 2 }), [["1", "2"]]);
        const Key = { key: { S: "a" } };
        assert.deepEqual(
            world.call("dynamodb", "GetItem", { TableName: program.outputs["tableName"], Key }, user),
            {
                Item: { key: { S: "a" }, count: { N: "2" } },
            },
        );
    });

    it("has the same outcome with direct and with the SDK's clients, at the same virtual times", async () => {
        const [direct, sdk] = [await open("direct"), await open("sdk")];
        const events = [{ key: "a", times: 2 }, { key: "a", times: 3 }, { key: "b" }];
        assert.deepEqual(await invoke(sdk, ...events), await invoke(direct, ...events));
        assert.deepEqual([...sdk.counters].sort(), [...direct.counters].sort());
    });

    it("interleaves the calls of invocations that run at the same time only where that is asked for", async () => {
        const events = [
            { key: "a", times: 2 },
            { key: "a", times: 2 },
        ];
        assert.deepEqual(await invoke(await open("direct"), ...events), [
            ["1", "2"],
            ["3", "4"],
        ]);
        assert.deepEqual(await invoke(await open("interleaved"), ...events), [
            ["1", "3"],
            ["2", "4"],
        ]);
    });

    it("lives beside another stack of the same program in one account", async () => {
        const other = await recordProgram({ directory, stack: "dev", seed: 2 });
        const moved = { ...other, stack: "other" };
        const world = await open("direct", [program, moved]);
        assert.equal(world.resources().length, 10);
        await assert.rejects(open("direct", [program, { ...program, stack: "other" }]), {
            name: "DeploymentError",
        });
    });

    it("keeps its table's items over a second deployment that changes the function", async () => {
        const world = await open();
        await invoke(world, { key: "a" });
        const changed = await recordProgram({ directory, stack: "dev", config: { limit: "9" } });
        const { updated, unchanged } = await world.deploy(changed);
        assert.deepEqual(
            updated.map((urn) => urn.split("::").at(-1)),
            ["worker"],
        );
        assert.equal(unchanged.length, 4);
        assert.deepEqual(await invoke(world, { key: "a" }), [["2"]]);
    });

    it("is created as AWS would refuse it when a resource that another refers to is missing", async () => {
        const without = {
            ...program,
            resources: program.resources.filter(({ name }) => name !== "worker-role"),
        };
        await assert.rejects(open("direct", [without]), { name: "DeploymentError" });
    });
});

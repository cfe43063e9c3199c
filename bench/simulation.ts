/**
 * How many runs of median size, 15 to 25 messages, the simulator plays a second on all cores. The first ones are not counted: the
 * code is compiled in them.
 */
import { runCampaign } from "../simulation/campaign.ts";
import { recordPrograms } from "../simulation/programs.ts";
import { drawScenario } from "../simulation/scenario.ts";
import { machine } from "./lib/machine.ts";

const [FIRST_SEED, UNCOUNTED, COUNTED] = [500_000, 100, 400];

const seeds: number[] = [];
for (let seed = FIRST_SEED; seeds.length < UNCOUNTED + COUNTED; seed++) {
    const { length } = drawScenario(seed, "swarm").messages;
    if (length >= 15 && length <= 25) seeds.push(seed);
}
let played = 0;
let from = 0;
const { broken, failed } = await runCampaign({
    programs: await recordPrograms(),
    profile: "swarm",
    seeds,
    millis: Infinity,
    onResult: () => {
        if (++played === UNCOUNTED) from = performance.now();
    },
});
const seconds = (performance.now() - from) / 1000;
if (broken.length + failed.length > 0)
    throw new Error(`${broken.length} runs broke a property, and ${failed.length} could not be played.`);
console.log(machine());
console.log(
    `${COUNTED} runs of 15 to 25 messages in ${seconds.toFixed(1)} s: ${(COUNTED / seconds).toFixed(1)} a second`,
);

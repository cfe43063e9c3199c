/** Whether the slots are used: settings, dispatcher, breaker, slots that nobody needs any more, and a line that stands still. */
import { isOpen, narrowed } from "../../../slots/breaker.ts";
import { prove } from "../../../functions/reaper/free-slots.ts";
import { duration, plural } from "../../lib/format.ts";
import { shortId } from "../ids.ts";
import { inTurns, readLine } from "../pool.ts";
import type { Pool } from "../pool.ts";
import { eyesOn } from "../reaper.ts";
import { poolReasons } from "../reasons.ts";
import type { Session } from "../session.ts";
import { secondsSince } from "../when.ts";
import { fail, ok } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** For so long the reaper's sweeps may need to free the slot of work that is over: two of them, and a little. Milliseconds. */
const SWEEPS = 600_000;

/** For so long nobody acquires a slot beside a line that waits. Seconds. */
const STANDSTILL = 600;

/** What needs a person by the reasons that `status` gives; of the breaker there is a check of its own. */
export function pool(pool: Pool): Finding[] {
    const trouble = poolReasons(pool).filter(
        (reason) => reason.class === "trouble" && reason.code !== "breaker-open",
    );
    if (trouble.length === 0) {
        const seen = secondsSince(pool.gate?.dispatcherSeen, pool.now);
        return [ok("dispatcher", `settings make sense; dispatcher seen ${duration(seen)} ago`)];
    }
    return trouble.map(({ code, text, change = "deploy the stack again" }) => fail(code, text, change));
}

export function breaker({ gate }: Pool): Finding[] {
    if (!gate || !isOpen(gate)) return [ok("breaker", "closed")];
    const text = `${plural(gate.failures ?? 0, "message")} in a row failed for good: one job at a time`;
    return [
        fail("breaker", text, "turnstile failed shows the cause; mend the job, its next success closes it"),
    ];
}

/** Slots whose work is over for longer than the reaper needs, and slots of which nothing can prove it. */
export async function leaks(session: Session, { gate, now }: Pool): Promise<Finding[]> {
    const holders = Object.entries(gate?.holders ?? {});
    const reaper = eyesOn(session);
    const suspects = await inTurns(holders, async ([holder, slot]) => {
        const proof = await prove(reaper, { pool: session.operator.pool, holder });
        const mend = `turnstile free ${shortId(holder)}`;
        if (proof.kind === "unprovable") {
            return fail(
                "leaks",
                `${holder} keeps its slot: ${proof.why}`,
                `${mend} --force, once no job runs`,
            );
        }
        if (proof.kind !== "over" || Math.max(slot.since, proof.end.completedOn) > now - SWEEPS) return [];
        return fail("leaks", `${holder} keeps its slot, though its work is over`, mend);
    });
    const found = suspects.flat();
    return found.length > 0
        ? found
        : [ok("leaks", `${plural(holders.length, "slot")} taken, none for nothing`)];
}

/** Messages wait beside free slots, and nobody takes one. */
export async function standstill(session: Session, pool: Pool): Promise<Finding[]> {
    const { gate, now } = pool;
    const { head, waiting } = await readLine(session, 1);
    const since = secondsSince(head[0]?.joined, now);
    const slots = Object.values(gate?.holders ?? {});
    const last = Math.max(...slots.map((slot) => slot.since), 0);
    const limit = gate ? (narrowed(gate, now).limit ?? 0) : 0;
    const isStill = since > STANDSTILL && slots.length < limit && now - last > STANDSTILL * 1000;
    if (isStill) {
        const free = limit - slots.length;
        const text = `${plural(free, "slot")} free, and the first in line has waited for ${duration(since)}`;
        return [fail("standstill", text, "look at the logs of the dispatcher and the reaper")];
    }
    return [ok("standstill", `${plural(waiting.count, "message")} in line`)];
}

/** The gauges of a sweep: what the gate and the line show once a minute, standstill among it. */
import { isOpen, narrowed, nextProbe } from "../../slots/breaker.ts";
import { freeSlots } from "../../slots/next.ts";
import { POSITION } from "../../slots/table.ts";
import type { Gate, Row } from "../../slots/table.ts";
import { reportOpenBreaker } from "../lib/breaker.ts";
import { LINE_PAGE } from "../lib/line.ts";
import { METRIC } from "../lib/metrics.ts";
import type { MetricValues } from "../lib/metrics.ts";
import type { Platform } from "../lib/platform.ts";
import { queryRows } from "../lib/rows.ts";
import type { Source } from "../lib/rows.ts";

/** A pool, for whoever measures it. */
interface Pool extends Source {
    readonly platform: Platform;
}

const MINUTE = 60_000;

/** A slot that was acquired so lately shows that slots are acquired. */
const LATELY = MINUTE;

/** Executions out of the line that are looked at: one of them is enough. */
const ASIDE = 10;

/** Reports the gauges. The line is measured as far as it was read: 100 means 100 or more. */
export async function measure(at: Pool, gate: Gate, line: readonly Row[]): Promise<void> {
    const { platform, pool } = at;
    const now = platform.now();
    const waiting = line.filter((row) => gate.holders[row.holder ?? ""] === undefined).length;
    const free = freeSlots(narrowed(gate, now));
    platform.metrics(
        {
            [METRIC.dispatched]: 1,
            [METRIC.slotsInUse]: Object.keys(gate.holders).length,
            [METRIC.limit]: gate.limit ?? 0,
            [METRIC.waiting]: Math.min(LINE_PAGE, waiting),
            [METRIC.minutesWithoutRelease]: free === 0 && waiting > 0 ? minutesWithoutRelease(gate, now) : 0,
            ...age(
                METRIC.oldestInLineMinutes,
                now,
                line.map(({ opened }) => Date.parse(opened)),
            ),
            ...age(
                METRIC.oldestHolderMinutes,
                now,
                Object.values(gate.holders).map(({ since }) => since),
            ),
        },
        { pool },
    );
    const isIdle = free > 0 && (await isStill(at, gate, waiting, now));
    platform.metrics(
        { [METRIC.slotsIdle]: isIdle ? free : 0, ...(!isOpen(gate) && { [METRIC.breakerOpen]: 0 }) },
        { pool },
    );
    if (!isOpen(gate)) return;
    const nextProbeAfter = new Date(nextProbe(gate)).toISOString();
    reportOpenBreaker(platform, pool, { failures: gate.failures, nextProbeAfter });
}

/** The gauge of the oldest of some moments. Where there is none, there is no value: an idle stack pays for no metric of it. */
function age(
    name: typeof METRIC.oldestInLineMinutes | typeof METRIC.oldestHolderMinutes,
    now: number,
    moments: readonly number[],
): MetricValues {
    const oldest = Math.min(...moments.filter((moment) => !Number.isNaN(moment)));
    return oldest === Infinity ? {} : { [name]: Math.max(0, Math.floor((now - oldest) / MINUTE)) };
}

/** For how long all slots have kept their holders: had one been released, whoever waits would have acquired it. */
function minutesWithoutRelease(gate: Gate, now: number): number {
    const newest = lastAcquired(gate);
    // With a limit of 0 nobody should run; holders whose time cannot be read are reported by the reaper.
    return gate.limit === 0 || newest === -Infinity ? 0 : Math.floor((now - newest) / MINUTE);
}

/** Whether somebody waits, and nobody has acquired a slot lately. */
async function isStill(at: Pool, gate: Gate, waiting: number, now: number): Promise<boolean> {
    if (lastAcquired(gate) > now - LATELY) return false;
    return waiting > 0 || isAnybodyAside(at);
}

function lastAcquired({ holders }: Gate): number {
    const moments = Object.values(holders).map(({ since }) => since);
    return Math.max(...moments.filter((since) => !Number.isNaN(since)));
}

/** Whether an execution that was woken in vain waits out of the line. */
async function isAnybodyAside(at: Pool): Promise<boolean> {
    const { rows } = await queryRows(at, POSITION.open, ASIDE);
    return rows.some(({ token }) => token !== undefined);
}

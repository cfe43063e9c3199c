/** Reads that lag behind: a service that is eventually consistent answers them as of a moment ago. */
import type { Caller, ServiceName, World } from "../../service.ts";

/** By how many milliseconds the answer to a read is old. 0: not at all. */
export type ReadLag = (operation: string, caller: Caller) => number;

export class StaleReads {
    private readonly world: World;
    private readonly service: ServiceName;
    private lagOf: ReadLag | undefined;

    constructor(world: World, service: ServiceName) {
        this.world = world;
        this.service = service;
    }

    lagBy(lagOf: ReadLag): void {
        this.lagOf = lagOf;
    }

    /** The moment whose state a read shows. Infinite: the present one, whatever the clock says. */
    momentOf(operation: string, caller: Caller): number {
        const lag = this.lagOf?.(operation, caller) ?? 0;
        return lag > 0 ? this.world.clock.now() - lag : Infinity;
    }

    /** Counts a read that did not show the present. */
    count(operation: string, isStale: boolean): void {
        if (isStale) this.world.count(`${this.service}.stale${operation}`);
    }
}

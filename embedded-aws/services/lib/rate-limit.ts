/** A bucket that refills with time, as the quotas of Step Functions are stated ("Step Functions service quotas"). */
import type { Clock } from "../../clock.ts";

export interface Quota {
    readonly burst: number;
    readonly perSecond: number;
}

export class RateLimit {
    private readonly clock: Clock;
    private readonly quota: Quota;
    private tokens: number;
    private filled: number;

    constructor(clock: Clock, quota: Quota) {
        this.clock = clock;
        this.quota = quota;
        this.tokens = quota.burst;
        this.filled = clock.now();
    }

    /** Takes one if there is one. */
    take(): boolean {
        this.refill();
        if (this.tokens < 1) return false;
        this.tokens--;
        return true;
    }

    /** Takes one in advance if need be: the milliseconds until it is there. */
    reserve(): number {
        this.refill();
        this.tokens--;
        return this.tokens >= 0 ? 0 : (-this.tokens / this.quota.perSecond) * 1000;
    }

    private refill(): void {
        const now = this.clock.now();
        if (now === this.filled) return;
        const grown = this.tokens + ((now - this.filled) / 1000) * this.quota.perSecond;
        this.tokens = Math.min(this.quota.burst, grown);
        this.filled = now;
    }
}

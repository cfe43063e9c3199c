/** Sums by the hour of what the services count of their resources: CloudWatch answers questions about a month from them. */

export const HOUR = 3_600_000;

export class HourlySums {
    /** By namespace, then by metric, then by resource, then by hours since 1970. */
    private readonly sums = new Map<string, Map<string, Map<string, Map<number, number>>>>();

    add(namespace: string, metric: string, of: string, time: number, by: number): void {
        let metrics = this.sums.get(namespace);
        if (!metrics)
            this.sums.set(namespace, (metrics = new Map<string, Map<string, Map<number, number>>>()));
        let resources = metrics.get(metric);
        if (!resources) metrics.set(metric, (resources = new Map<string, Map<number, number>>()));
        let hours = resources.get(of);
        if (!hours) resources.set(of, (hours = new Map<number, number>()));
        const hour = Math.floor(time / HOUR);
        hours.set(hour, (hours.get(hour) ?? 0) + by);
    }

    /** Each hour from `start` to before `end` in which something was counted, with its sum. */
    between(
        namespace: string,
        metric: string,
        of: string,
        start: number,
        end: number,
    ): (readonly [time: number, sum: number])[] {
        return [...(this.sums.get(namespace)?.get(metric)?.get(of) ?? [])]
            .map(([hour, sum]) => [hour * HOUR, sum] as const)
            .filter(([time]) => time >= start && time < end);
    }
}

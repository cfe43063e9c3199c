/** Writes numbers for people: durations, counts, money. */

/** A duration in its two largest units, such as `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`; `–` when it is not known. */
export function duration(seconds: number): string {
    if (!Number.isFinite(seconds)) return "–";
    if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return pair(whole, 60, "min", "s");
    const minutes = Math.round(seconds / 60);
    if (minutes < 1440) return pair(minutes, 60, "h", "min");
    return pair(Math.round(seconds / 3600), 24, "d", "h");
}

/** A count with commas between its thousands. */
export function count(value: number): string {
    return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** An amount for each job, with one decimal at most; `–` without jobs. */
export function each(total: number, jobs: number): string {
    if (jobs === 0) return "–";
    return (total / jobs).toLocaleString("en-US", { maximumFractionDigits: 1 });
}

/** US dollars: with cents from $0.10, with two significant digits below. */
export function dollars(amount: number): string {
    if (amount === 0 || amount >= 0.1)
        return `$${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
    return `$${amount.toLocaleString("en-US", { maximumSignificantDigits: 2 })}`;
}

/** `1 job`, `2 jobs`. */
export function plural(number: number, noun: string): string {
    return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

function pair(value: number, base: number, large: string, small: string): string {
    const rest = value % base;
    return `${Math.floor(value / base)} ${large}${rest === 0 ? "" : ` ${rest} ${small}`}`;
}

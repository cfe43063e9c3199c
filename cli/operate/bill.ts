/** `turnstile cost` of a deployed stack: what it has used of AWS, at list prices, so far and by the month. */
import { CommandError } from "../lib/command-error.ts";
import { EXIT } from "../lib/exit-codes.ts";
import { count, dollars, duration, plural } from "../lib/format.ts";
import { GIGABYTE, hasPricesOf, MONTH_HOURS, POLLS_AN_HOUR, PRICES_DATED, pricesOf } from "../lib/prices.ts";
import type { Prices } from "../lib/prices.ts";
import { readUsed } from "./bill/usage.ts";
import type { Used } from "./bill/usage.ts";
import { print } from "./session.ts";
import type { Session } from "./session.ts";
import { isoTime } from "./when.ts";

export interface BillOptions {
    /** How far it looks back. */
    readonly days: number;
}

interface Charge {
    readonly service: string;
    /** What it is for. */
    readonly amount: string;
    readonly dollars: number;
}

const HOUR = 3_600_000;

/** That of the work and that of the reaper. A message is sent, received and deleted in each. */
const QUEUES = 2;
const REQUESTS_A_MESSAGE = 3 * QUEUES;

/** CloudWatch pricing: a metric that is asked for. */
const METRIC_READ = 0.01 / 1000;

export async function bill(session: Session, { days }: BillOptions): Promise<number> {
    const { region } = session.operator;
    if (!hasPricesOf(region)) {
        throw new CommandError("no-prices", `There are no prices of ${region} here.`, {
            hint: "cli/lib/prices.ts has the regions; AWS's Cost Explorer has the bill",
        });
    }
    const used = await readUsed(session, days);
    const charges = chargesOf(used, pricesOf(region).prices);
    const glue = used.dpuHours === undefined ? undefined : used.dpuHours * pricesOf(region).prices.dpuHour;
    print(session, "bill", toJson(used, charges, glue), toText(session, used, charges, glue));
    return EXIT.done;
}

function chargesOf(used: Used, prices: Prices): Charge[] {
    const hours = hoursOf(used);
    const share = hours / MONTH_HOURS;
    const transitions = used.executions * (used.transitions ?? 0);
    const requests = QUEUES * POLLS_AN_HOUR * hours + used.executions * REQUESTS_A_MESSAGE;
    const { readUnits, writeUnits, invocations, gigabyteSeconds, logBytes, alarms, metrics } = used;
    return [
        {
            service: "Step Functions",
            amount: `${count(transitions)} transitions`,
            dollars: transitions * prices.transition,
        },
        {
            service: "DynamoDB",
            amount: `${count(writeUnits)} write, ${count(readUnits)} read units`,
            dollars: writeUnits * prices.writeUnit + readUnits * prices.readUnit,
        },
        {
            service: "Lambda",
            amount: `${count(invocations)} invocations, ${count(gigabyteSeconds)} GB-seconds`,
            dollars: invocations * prices.invocation + gigabyteSeconds * prices.gigabyteSecond,
        },
        {
            service: "SQS",
            amount: `some ${count(requests)} requests`,
            dollars: requests * prices.queueRequest,
        },
        {
            service: "CloudWatch alarms",
            amount: plural(alarms, "alarm"),
            dollars: alarms * prices.alarmMetric * share,
        },
        {
            service: "CloudWatch metrics",
            amount: plural(metrics, "metric"),
            dollars: metrics * prices.metric * share,
        },
        {
            service: "CloudWatch logs",
            amount: `${(logBytes / 2 ** 20).toFixed(1)} MiB`,
            dollars: (logBytes / GIGABYTE) * prices.logGigabyte,
        },
    ];
}

function hoursOf({ from, to }: Used): number {
    return (to - from) / HOUR;
}

function totalOf(charges: readonly Charge[]): number {
    return charges.reduce((sum, charge) => sum + charge.dollars, 0);
}

function toJson(used: Used, charges: readonly Charge[], glue: number | undefined): object {
    const byMonth = MONTH_HOURS / hoursOf(used);
    const { from, to, executions, transitions, sample, readUnits, writeUnits, invocations } = used;
    return {
        from: isoTime(from),
        to: isoTime(to),
        pricesDated: PRICES_DATED,
        services: charges.map((charge) => ({
            service: charge.service,
            dollars: charge.dollars,
            monthDollars: charge.dollars * byMonth,
        })),
        dollars: totalOf(charges),
        monthDollars: totalOf(charges) * byMonth,
        glueDollars: glue ?? null,
        glueMonthDollars: glue === undefined ? null : glue * byMonth,
        used: {
            ...{ executions, transitionsEach: transitions ?? null, sample, readUnits, writeUnits },
            ...{ invocations, gigabyteSeconds: used.gigabyteSeconds, logBytes: used.logBytes },
            ...{ alarms: used.alarms, metrics: used.metrics, runs: used.runs, hasAllRuns: used.hasAllRuns },
        },
        metricsRead: used.asked,
    };
}

function toText(session: Session, used: Used, charges: readonly Charge[], glue: number | undefined): string {
    const { stack, region } = session.operator;
    const byMonth = MONTH_HOURS / hoursOf(used);
    const row = (service: string, far: string, month: string, what: string): string =>
        `${service.padEnd(20)}${far.padStart(9)}${month.padStart(10)}  ${what}`.trimEnd();
    const money = (service: string, amount: number, what = ""): string =>
        row(service, cents(amount), cents(amount * byMonth), what);
    return [
        session.paint.strong(`${stack} · ${region}`),
        `since ${isoTime(used.from) ?? ""}, ${duration((used.to - used.from) / 1000)}; a month at that rate`,
        `list prices of ${region}, ${PRICES_DATED}, without free tiers`,
        "",
        row("DOLLARS", "SO FAR", "A MONTH", "FOR"),
        ...charges.map(({ service, dollars: amount, amount: what }) => money(service, amount, what)),
        money("All of these", totalOf(charges)),
        ...(glue === undefined ? [] : [money("Glue itself", glue, plural(used.runs, "run"))]),
        "",
        ...notes(used, glue),
    ].join("\n");
}

function cents(amount: number): string {
    return amount === 0 ? "–" : amount < 0.005 ? "< 0.01" : amount.toFixed(2);
}

function notes(used: Used, glue: number | undefined): string[] {
    const { executions, transitions, sample, hasAllRuns, asked } = used;
    return [
        ...(transitions === undefined
            ? []
            : [
                  `Transitions: ${plural(executions, "execution")}, each ${transitions.toFixed(1)} as in the last ${count(sample)}.`,
              ]),
        "SQS: assumed, 15 calls a minute to each queue, and six for each message.",
        "Not counted: storage, a dashboard ($3), traces, keys, notifications.",
        ...(hoursOf(used) < 24 ? ["It has been seen for less than a day: a month of it says little."] : []),
        ...(glue === undefined ? ["Glue's charge is not known."] : []),
        ...(hasAllRuns ? [] : ["Glue: the latest runs only; there are more."]),
        `This look asked for ${count(asked)} metrics, which costs ${dollars(asked * METRIC_READ)}.`,
    ];
}

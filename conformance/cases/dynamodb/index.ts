/**
 * Named cases by which implementations of DynamoDB are compared, for what random requests meet too seldom: the writes of the
 * product on gates in every state, limits, types, reserved words, empty values, transactions, pages. A case does not say which
 * answer is right. All implementations must give the same one, or the difference is known.
 */
import { capacity } from "./capacity.ts";
import { conditions } from "./conditions.ts";
import type { Case } from "./form.ts";
import { protocol } from "./protocol.ts";
import { reads } from "./reads.ts";
import { transactions } from "./transactions.ts";
import { updates } from "./updates.ts";
import { numbers, types } from "./values.ts";
import { binary } from "./binary.ts";
import { batches } from "./batches.ts";
import { wrong } from "./wrong.ts";

export type { Case } from "./form.ts";

/** Every case. Its title begins with its theme. */
export const cases: readonly Case[] = Object.entries({
    protocol,
    read: reads,
    update: updates,
    number: numbers,
    type: types,
    condition: conditions,
    transaction: transactions,
    binary,
    batch: batches,
    wrong,
    capacity,
}).flatMap(([theme, all]) =>
    Object.entries(all).map(([title, requests]) => ({ title: `${theme}: ${title}`, requests })),
);

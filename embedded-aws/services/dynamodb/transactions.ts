/** TransactWriteItems: all of up to a hundred writes and checks, or none. */
import type {
    CancellationReason,
    TransactWriteItem,
    TransactWriteItemsInput,
    TransactWriteItemsOutput,
} from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../service.ts";
import { identity } from "./batches.ts";
import { Units } from "./capacity.ts";
import type { Engine } from "./engine.ts";
import { validation } from "./errors.ts";
import {
    planCheck,
    planDelete,
    planPut,
    planUpdate,
    type Draughted,
    type Outcome,
    type Plan,
} from "./plans.ts";
import { checkMembers, choices, constraint, constraints, type Members } from "./requests.ts";
import type { Table, Target } from "./table.ts";

const maxActions = 100;
/** How long a `ClientRequestToken` is remembered. */
const tokenMillis = 10 * 60 * 1000;
/** Transactions cost twice. */
const factor = 2;

const members: Members = {
    TransactItems: "required",
    ClientRequestToken: "any",
    ReturnConsumedCapacity: choices.consumedCapacity,
    ReturnItemCollectionMetrics: choices.collectionMetrics,
};
const conditionMembers: Members = {
    TableName: "required",
    ConditionExpression: "any",
    ExpressionAttributeNames: "any",
    ExpressionAttributeValues: "any",
    ReturnValuesOnConditionCheckFailure: choices.onFailure,
};
const checkItemMembers: Members = { ...conditionMembers, Key: "required", ConditionExpression: "required" };
const deleteMembers: Members = { ...conditionMembers, Key: "required" };
const putMembers: Members = { ...conditionMembers, Item: "required" };
const updateMembers: Members = { ...conditionMembers, Key: "required", UpdateExpression: "required" };

/** One action: its plan, or why it cannot be carried out. */
interface Step {
    readonly plan: Plan;
    readonly target: Target;
    readonly isCheck: boolean;
    readonly onFailure: string | undefined;
}

interface Remembered {
    readonly request: string;
    readonly until: number;
    readonly output: TransactWriteItemsOutput;
}

/** Keeps the tokens of recent requests, so that a repeated one does nothing. */
export class Transactions {
    private readonly engine: Engine;
    private readonly remembered = new Map<string, Remembered>();

    constructor(engine: Engine) {
        this.engine = engine;
    }

    transactWriteItems(input: TransactWriteItemsInput): TransactWriteItemsOutput {
        checkMembers("TransactWriteItems", input, members);
        const { ClientRequestToken: token } = input;
        if (token === undefined) return this.execute(input);
        this.forgetOld();
        const request = JSON.stringify(input.TransactItems);
        const earlier = this.remembered.get(token);
        if (earlier?.request === request) return earlier.output;
        if (earlier) {
            throw new AwsError(
                "IdempotentParameterMismatchException",
                "The request uses the same client token as a previous, but non-identical request.",
            );
        }
        const output = this.execute(input);
        this.remembered.set(token, { request, until: this.engine.world.clock.now() + tokenMillis, output });
        return output;
    }

    private execute(input: TransactWriteItemsInput): TransactWriteItemsOutput {
        const steps = this.stepsOf(input.TransactItems ?? []);
        const outcomes = this.outcomesOf(steps);
        const unitsOf = new Map<Table, Units>();
        steps.forEach(({ plan, target, isCheck }, i) => {
            const { item, size } = outcomes[i] as Outcome;
            const { table } = plan;
            const units = isCheck
                ? table.refusedUnits(target, factor)
                : table.commit(target, item, size, false, factor);
            this.engine.countWrite(units, factor);
            const sum = unitsOf.get(table) ?? new Units();
            sum.add(units);
            unitsOf.set(table, sum);
        });
        const consumed = [...unitsOf].flatMap(
            ([table, units]) =>
                units.report(table.name, input.ReturnConsumedCapacity, "WriteCapacityUnits") ?? [],
        );
        return consumed.length > 0 ? { ConsumedCapacity: consumed } : {};
    }

    private stepsOf(items: readonly TransactWriteItem[]): readonly Step[] {
        if (items.length === 0) {
            throw constraints([constraint([], "TransactItems", "have length greater than or equal to 1")]);
        }
        if (items.length > maxActions) {
            const must = `have length less than or equal to ${maxActions}`;
            throw constraints([constraint(items, "TransactItems", must)]);
        }
        const draughts = items.map((item) => this.draught(item));
        const reasons: CancellationReason[] = [];
        const steps = draughts.flatMap(({ plan, isCheck, onFailure }, i): Step[] => {
            try {
                const made = plan();
                return [{ plan: made, target: made.table.locate(made.key), isCheck, onFailure }];
            } catch (error) {
                reasons[i] = validationReason(error);
                return [];
            }
        });
        if (reasons.length > 0) throw cancelled(items.map((_, i) => reasons[i] ?? { Code: "None" }));
        if (new Set(steps.map(({ plan }) => identity(plan))).size < steps.length) {
            throw validation("Transaction request cannot include multiple operations on one item");
        }
        return steps;
    }

    private draught(item: TransactWriteItem): {
        plan: Draughted;
        isCheck: boolean;
        onFailure: string | undefined;
    } {
        const { ConditionCheck, Put, Update, Delete } = item;
        const action = ConditionCheck ?? Put ?? Update ?? Delete;
        if (!action || Object.values(item).filter((value) => value !== undefined).length !== 1) {
            throw validation("TransactItems can only contain one of Check, Put, Update or Delete");
        }
        const isCheck = ConditionCheck !== undefined;
        return { plan: this.planOf(item), isCheck, onFailure: action.ReturnValuesOnConditionCheckFailure };
    }

    private planOf({ ConditionCheck, Put, Update, Delete }: TransactWriteItem): Draughted {
        if (ConditionCheck) {
            checkMembers("TransactWriteItems", ConditionCheck, checkItemMembers);
            return planCheck(this.engine, ConditionCheck);
        }
        if (Put) {
            checkMembers("TransactWriteItems", Put, putMembers);
            return planPut(this.engine, Put);
        }
        if (Update) {
            checkMembers("TransactWriteItems", Update, updateMembers);
            return planUpdate(this.engine, Update);
        }
        checkMembers("TransactWriteItems", Delete ?? {}, deleteMembers);
        return planDelete(this.engine, Delete as NonNullable<typeof Delete>);
    }

    /** Throws, and pays, if one of the steps is refused. */
    private outcomesOf(steps: readonly Step[]): readonly Outcome[] {
        const outcomes: Outcome[] = [];
        const reasons = steps.map(({ plan, target, onFailure }, i): CancellationReason => {
            try {
                plan.table.admitWrite(target.partition);
                if (plan.allows(target.row)) {
                    outcomes[i] = plan.outcome(target.row);
                    return { Code: "None" };
                }
            } catch (error) {
                if (error instanceof AwsError && error.name === "ThrottlingException") {
                    return { Code: "ThrottlingError", Message: error.message };
                }
                return validationReason(error);
            }
            const item = onFailure === "ALL_OLD" ? target.row?.item : undefined;
            const reason = { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };
            return (item ? { ...reason, Item: item } : reason) as CancellationReason;
        });
        if (reasons.every(({ Code }) => Code === "None")) return outcomes;
        if (reasons.every(({ Code }) => Code !== "ThrottlingError")) {
            for (const { plan, target } of steps) {
                this.engine.countWrite(plan.table.refusedUnits(target, factor), factor);
            }
        }
        throw cancelled(reasons);
    }

    private forgetOld(): void {
        const now = this.engine.world.clock.now();
        for (const [token, { until }] of this.remembered) {
            if (until > now) return;
            this.remembered.delete(token);
        }
    }
}

/** The reason for a step that does not fit its table or its item; anything else is thrown on. */
function validationReason(error: unknown): CancellationReason {
    if (error instanceof AwsError && error.name === "ValidationException") {
        return { Code: "ValidationError", Message: error.message };
    }
    throw error;
}

function cancelled(reasons: readonly CancellationReason[]): AwsError {
    const codes = reasons.map(({ Code }) => Code).join(", ");
    return new AwsError(
        "TransactionCanceledException",
        `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
        400,
        { CancellationReasons: reasons },
    );
}

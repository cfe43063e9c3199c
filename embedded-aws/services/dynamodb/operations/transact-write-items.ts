/** TransactWriteItems: all of up to a hundred writes and checks, or none. */
import type {
    CancellationReason,
    ConditionCheck,
    TransactWriteItem,
    TransactWriteItemsInput,
    TransactWriteItemsOutput,
} from "@aws-sdk/client-dynamodb";
import { AwsError } from "../../../service.ts";
import { TRANSACTION_FACTOR, UnitsByTable } from "../capacity.ts";
import type { Units } from "../capacity.ts";
import type { Engine } from "../engine.ts";
import { validation } from "../errors.ts";
import type { Outcome, Plan, PreparedPlan } from "../plans.ts";
import { checkMembers, CHOICES, constraint, constraints } from "../requests.ts";
import type { Members } from "../requests.ts";
import type { Target } from "../table.ts";
import { prepareDelete } from "./delete-item.ts";
import { preparePut } from "./put-item.ts";
import { prepareUpdate } from "./update-item.ts";

const MAX_ACTIONS = 100;
/** How long a `ClientRequestToken` is remembered. */
const TOKEN_MILLIS = 10 * 60 * 1000;

const MEMBERS: Members = {
    TransactItems: "required",
    ClientRequestToken: "any",
    ReturnConsumedCapacity: CHOICES.consumedCapacity,
    ReturnItemCollectionMetrics: CHOICES.collectionMetrics,
};
const ACTION_MEMBERS: Members = {
    TableName: "required",
    ConditionExpression: "any",
    ExpressionAttributeNames: "any",
    ExpressionAttributeValues: "any",
    ReturnValuesOnConditionCheckFailure: CHOICES.onFailure,
};
const CHECK_MEMBERS: Members = { ...ACTION_MEMBERS, Key: "required", ConditionExpression: "required" };
const DELETE_MEMBERS: Members = { ...ACTION_MEMBERS, Key: "required" };
const PUT_MEMBERS: Members = { ...ACTION_MEMBERS, Item: "required" };
const UPDATE_MEMBERS: Members = { ...ACTION_MEMBERS, Key: "required", UpdateExpression: "required" };

interface Remembered {
    readonly request: string;
    readonly until: number;
    readonly output: TransactWriteItemsOutput;
}

/** Remembers the tokens of recent requests: a repeated request does nothing, and has the same answer. */
export class Transactions {
    private readonly engine: Engine;
    private readonly remembered = new Map<string, Remembered>();

    constructor(engine: Engine) {
        this.engine = engine;
    }

    transactWriteItems(input: TransactWriteItemsInput): TransactWriteItemsOutput {
        checkMembers("TransactWriteItems", input, MEMBERS);
        const { ClientRequestToken: token } = input;
        if (token === undefined) return execute(this.engine, input);
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
        const output = execute(this.engine, input);
        this.remembered.set(token, { request, until: this.engine.world.clock.now() + TOKEN_MILLIS, output });
        return output;
    }

    private forgetOld(): void {
        const now = this.engine.world.clock.now();
        for (const [token, { until }] of this.remembered) {
            if (until > now) return;
            this.remembered.delete(token);
        }
    }
}

function execute(engine: Engine, input: TransactWriteItemsInput): TransactWriteItemsOutput {
    const items = input.TransactItems ?? [];
    checkCount(items);
    const steps = stepsOf(items.map((item) => prepareAction(engine, item)));

    const outcomes = outcomesOf(engine, steps);
    const unitsByTable = new UnitsByTable();
    steps.forEach((step, i) => {
        const units = commit(step, outcomes[i] as Outcome);
        engine.countWrite(step.plan.table, units, TRANSACTION_FACTOR);
        unitsByTable.of(step.plan.table.name).add(units);
    });
    return unitsByTable.report(input.ReturnConsumedCapacity, "WriteCapacityUnits");
}

function checkCount(items: readonly TransactWriteItem[]): void {
    if (items.length === 0) {
        throw constraints([constraint([], "TransactItems", "have length greater than or equal to 1")]);
    }
    if (items.length > MAX_ACTIONS) {
        const must = `have length less than or equal to ${MAX_ACTIONS}`;
        throw constraints([constraint(items, "TransactItems", must)]);
    }
}

/** One action of a request. Its expressions are checked. */
interface PreparedAction {
    readonly plan: PreparedPlan;
    readonly isCheck: boolean;
    /** ReturnValuesOnConditionCheckFailure. */
    readonly onFailure: string | undefined;
}

function prepareAction(engine: Engine, item: TransactWriteItem): PreparedAction {
    const { ConditionCheck, Put, Update, Delete } = item;
    const action = ConditionCheck ?? Put ?? Update ?? Delete;
    if (!action || Object.values(item).filter((value) => value !== undefined).length !== 1) {
        throw validation("TransactItems can only contain one of Check, Put, Update or Delete");
    }
    return {
        plan: prepare(engine, item),
        isCheck: ConditionCheck !== undefined,
        onFailure: action.ReturnValuesOnConditionCheckFailure,
    };
}

function prepare(engine: Engine, { ConditionCheck, Put, Update, Delete }: TransactWriteItem): PreparedPlan {
    if (ConditionCheck) {
        checkMembers("TransactWriteItems", ConditionCheck, CHECK_MEMBERS);
        return prepareCheck(engine, ConditionCheck);
    }
    if (Put) {
        checkMembers("TransactWriteItems", Put, PUT_MEMBERS);
        return preparePut(engine, Put);
    }
    if (Update) {
        checkMembers("TransactWriteItems", Update, UPDATE_MEMBERS);
        return prepareUpdate(engine, Update);
    }
    checkMembers("TransactWriteItems", Delete ?? {}, DELETE_MEMBERS);
    return prepareDelete(engine, Delete as NonNullable<typeof Delete>);
}

/** A condition on an item that stays as it is. */
function prepareCheck(engine: Engine, input: ConditionCheck): PreparedPlan {
    const prepared = prepareDelete(engine, input);
    return () => ({ ...prepared(), outcome: (row) => ({ item: row?.item, size: row?.size ?? 0 }) });
}

/** One action. Its table and key are checked, too. */
interface Step {
    readonly plan: Plan;
    readonly target: Target;
    readonly isCheck: boolean;
    readonly onFailure: string | undefined;
}

/** Throws if an action does not fit its table, with the reasons of all, or if two are on one item. */
function stepsOf(actions: readonly PreparedAction[]): readonly Step[] {
    const reasons: CancellationReason[] = [];
    const steps = actions.flatMap((action, i): Step[] => {
        try {
            const plan = action.plan();
            return [{ ...action, plan, target: plan.table.locate(plan.key) }];
        } catch (error) {
            reasons[i] = validationReason(error);
            return [];
        }
    });
    if (reasons.length > 0) throw cancelled(actions.map((_, i) => reasons[i] ?? { Code: "None" }));
    if (new Set(steps.map(({ plan }) => plan.table.identityOf(plan.key))).size < steps.length) {
        throw validation("Transaction request cannot include multiple operations on one item");
    }
    return steps;
}

/** What becomes of each item. Throws if a step is refused. A refused transaction is paid for, too. */
function outcomesOf(engine: Engine, steps: readonly Step[]): readonly Outcome[] {
    const results = steps.map(outcomeOf);
    const reasons = results.map((result) => ("reason" in result ? result.reason : { Code: "None" }));
    if (reasons.every(({ Code }) => Code === "None")) return results as Outcome[];
    if (reasons.every(({ Code }) => Code !== "ThrottlingError")) {
        for (const { plan, target } of steps) {
            const units = plan.table.refusedUnits(target, TRANSACTION_FACTOR);
            engine.countWrite(plan.table, units, TRANSACTION_FACTOR);
        }
    }
    throw cancelled(reasons);
}

function outcomeOf({ plan, target, onFailure }: Step): Outcome | { readonly reason: CancellationReason } {
    try {
        plan.table.admitWrite(target.partition);
        if (plan.allows(target.row)) {
            const outcome = plan.outcome(target.row);
            plan.table.admitSize(target, outcome.item, outcome.size);
            return outcome;
        }
    } catch (error) {
        if (error instanceof AwsError && error.name === "ThrottlingException") {
            return { reason: { Code: "ThrottlingError", Message: error.message } };
        }
        if (error instanceof AwsError && error.name === "ItemCollectionSizeLimitExceededException") {
            return { reason: { Code: "ItemCollectionSizeLimitExceeded", Message: error.message } };
        }
        return { reason: validationReason(error) };
    }
    const reason = { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };
    const item = onFailure === "ALL_OLD" ? target.row?.item : undefined;
    return { reason: (item ? { ...reason, Item: item } : reason) as CancellationReason };
}

function commit({ plan, target, isCheck }: Step, { item, size }: Outcome): Units {
    const { table } = plan;
    return isCheck
        ? table.refusedUnits(target, TRANSACTION_FACTOR)
        : table.commit(target, item, size, false, TRANSACTION_FACTOR);
}

/** The reason for a step that does not fit its table or its item. Throws any other error. */
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

/** What looks cost: the units that DynamoDB says it has charged, and the calls of SQS. Glue charges for none. */
import type { Prices } from "../../lib/prices.ts";
import type { Session } from "../session.ts";

/** An answer of DynamoDB, as far as it says what it cost. */
interface Charged {
    readonly ConsumedCapacity?: { readonly CapacityUnits?: number };
}

type Send = (command: { readonly input: object }) => Promise<Charged>;

export class Meter {
    private readonly prices: Prices;
    private dollars = 0;
    private looks = 0;

    constructor(prices: Prices) {
        this.prices = prices;
    }

    /** A session for one look, whose calls are counted. */
    session(session: Session): Session {
        const { dynamodb, sqs } = session.aws;
        const { readUnit, queueRequest } = this.prices;
        this.looks++;
        const read = (send: Send): Send => {
            return async (command) => {
                Object.assign(command.input, { ReturnConsumedCapacity: "TOTAL" });
                const answer = await send(command);
                this.dollars += (answer.ConsumedCapacity?.CapacityUnits ?? 0) * readUnit;
                return answer;
            };
        };
        const ask = (send: Send): Send => {
            return (command) => {
                this.dollars += queueRequest;
                return send(command);
            };
        };
        return {
            ...session,
            aws: {
                ...session.aws,
                dynamodb: { send: read(dynamodb.send.bind(dynamodb) as Send) as never },
                sqs: { send: ask(sqs.send.bind(sqs) as Send) as never },
            },
        };
    }

    /** US dollars, of a look on average. */
    get dollarsALook(): number {
        return this.looks === 0 ? 0 : this.dollars / this.looks;
    }
}

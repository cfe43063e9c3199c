/**
 * The message attributes of a dead letter: why the message is there, and where to look. The workflow fills them with
 * JSONata expressions, the functions with values.
 */

export interface DeadLetterFacts {
    /** The error's name and what it says. */
    readonly cause: string;
    /** How often the job was tried; absent if it never was. */
    readonly attempts?: string | undefined;
    readonly pool: string;
    readonly messageId: string;
    /** ARN of the execution; absent if there was none. */
    readonly execution?: string | undefined;
    /** Id of the last Glue run; absent if there was no execution. */
    readonly run?: string | undefined;
    /** The execution's page in AWS's console. */
    readonly console?: string | undefined;
}

/** An attribute as SQS takes it (API Reference, "MessageAttributeValue"). */
type Attribute = {
    readonly DataType: "String" | "Number";
    readonly StringValue: string;
};

/** The facts that are there, as message attributes. */
export function deadLetterAttributes(facts: DeadLetterFacts): Record<string, Attribute> {
    const { cause, attempts, pool, messageId, execution, run, console } = facts;
    const attributes: Record<string, Attribute> = {};
    for (const [name, value] of Object.entries({
        cause,
        attempts,
        pool,
        messageId,
        execution,
        run,
        console,
    })) {
        if (value === undefined) continue;
        attributes[name] = { DataType: name === "attempts" ? "Number" : "String", StringValue: value };
    }
    return attributes;
}

/**
 * The same attributes as a JSONata expression, each fact an expression. The attributes of the sender, an object in the form
 * of SendMessage, come first; where names are the same, ours replace theirs.
 */
export function deadLetterAttributesJsonata(senders: string, facts: DeadLetterFacts): string {
    const ours = Object.entries(deadLetterAttributes(facts)).map(
        ([name, { DataType, StringValue }]) =>
            `'${name}': {'DataType': '${DataType}', 'StringValue': ${StringValue}}`,
    );
    return `$merge([($exists(${senders}) ? ${senders} : {}), {${ours.join(", ")}}])`;
}

"use strict";
/** What the rules read from a stack: its resources, what these depend on, and the items of Turnstile's tables. */

/**
 * @typedef {import("@pulumi/policy").PolicyResource} PolicyResource
 * @typedef {Readonly<Record<string, { S?: string, N?: string }>>} Item DynamoDB's JSON
 */

const TYPE = {
    alarm: "aws:cloudwatch/metricAlarm:MetricAlarm",
    item: "aws:dynamodb/tableItem:TableItem",
    job: "aws:glue/job:Job",
    subscription: "aws:sns/topicSubscription:TopicSubscription",
    topic: "aws:sns/topic:Topic",
    workflow: "turnstile:index:JobWorkflow",
};

/**
 * A property; undefined while it is unknown, as much is in a preview. Pulumi throws where an unknown value is read.
 * @param {Readonly<Record<string, any>>} props
 * @param {string} name
 * @returns {unknown}
 */
function known(props, name) {
    try {
        return props[name];
    } catch (error) {
        if (error instanceof Error && error.constructor.name === "UnknownValueError") return undefined;
        throw error;
    }
}

/**
 * An item of one of Turnstile's tables; undefined for another table's, and while it is unknown.
 * @param {Readonly<Record<string, any>>} props of a TableItem
 * @returns {Item | undefined}
 */
function itemOf(props) {
    const text = known(props, "item");
    return isOfTurnstile(props) && typeof text === "string" ? JSON.parse(text) : undefined;
}

/**
 * Whether a TableItem is in one of Turnstile's tables, known by its keys.
 * @param {Readonly<Record<string, any>>} props
 */
function isOfTurnstile(props) {
    return known(props, "hashKey") === "poolName" && known(props, "rangeKey") === "entry";
}

/**
 * The resources of a type to which a property leads: by what it depends on, which a preview knows, or by its value.
 * @param {PolicyResource} from
 * @param {string} property
 * @param {string} type
 * @param {readonly PolicyResource[]} all
 * @param {(candidate: PolicyResource) => boolean} isNamed by its value
 */
function leadsTo(from, property, type, all, isNamed) {
    const dependencies = from.propertyDependencies[property] ?? [];
    return all.filter(
        (candidate) =>
            candidate.type === type &&
            (dependencies.some(({ urn }) => urn === candidate.urn) || isNamed(candidate)),
    );
}

module.exports = { TYPE, isOfTurnstile, itemOf, known, leadsTo };

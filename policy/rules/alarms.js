"use strict";
/** An alarm that nobody hears is none. In production every topic that alarms publish to has a subscription. */
const { TYPE, known, leadsTo } = require("./stack.js");

/** @typedef {import("@pulumi/policy").PolicyResource} PolicyResource */

/** @type {import("@pulumi/policy").StackValidationPolicy} */
const alarmsSubscribed = {
    name: "alarms-subscribed",
    description: "A production stack with a JobWorkflow has alarms, and somebody hears them.",
    configSchema: {
        properties: {
            stacks: {
                type: "array",
                items: { type: "string" },
                default: ["production", "prod"],
                description: "The names of the stacks that are production.",
            },
        },
    },
    validateStack: (args, reportViolation) => {
        const { resources } = args;
        const { stacks = ["production", "prod"] } = /** @type {{ stacks?: string[] }} */ (args.getConfig());
        const workflow = resources.find(({ type }) => type === TYPE.workflow);
        if (workflow === undefined || !stacks.includes(stackOf(workflow.urn))) return;
        const alarms = resources.filter(({ type, urn }) => type === TYPE.alarm && isTurnstiles(urn));
        if (alarms.length === 0) {
            reportViolation(
                "There is a JobWorkflow, and no alarm says when it needs somebody. Add a Monitoring.",
                workflow.urn,
            );
        }
        for (const topic of new Set(alarms.flatMap((alarm) => topicsOf(alarm, resources)))) {
            if (isSubscribed(topic, resources)) continue;
            reportViolation(
                "Alarms publish to this topic, and nobody is subscribed. Set alarmEmail, or alarmTopicArn to a topic that " +
                    "somebody hears.",
                topic.urn,
            );
        }
    },
};

/**
 * `urn:pulumi:STACK::PROJECT::TYPE::NAME`
 * @param {string} urn
 */
function stackOf(urn) {
    return urn.split("::")[0]?.replace("urn:pulumi:", "") ?? "";
}

/** @param {string} urn */
function isTurnstiles(urn) {
    return urn.includes("turnstile:index:Monitoring$");
}

/**
 * The topics of this stack to which an alarm publishes. Others' are not known here.
 * @param {PolicyResource} alarm
 * @param {readonly PolicyResource[]} resources
 */
function topicsOf(alarm, resources) {
    const actions = [known(alarm.props, "alarmActions") ?? []].flat();
    return leadsTo(alarm, "alarmActions", TYPE.topic, resources, ({ props }) =>
        actions.includes(known(props, "arn") ?? ""),
    );
}

/**
 * @param {PolicyResource} topic
 * @param {readonly PolicyResource[]} resources
 */
function isSubscribed(topic, resources) {
    return resources
        .filter(({ type }) => type === TYPE.subscription)
        .some((subscription) => {
            const arn = known(subscription.props, "topic");
            const isNamed = (/** @type {PolicyResource} */ { props }) =>
                arn !== undefined && known(props, "arn") === arn;
            return leadsTo(subscription, "topic", TYPE.topic, [topic], isNamed).length > 0;
        });
}

module.exports = { alarmsSubscribed };

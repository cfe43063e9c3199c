/**
 * SNS: topics with their policies and subscriptions. A message is kept for a while, sent to subscribed queues and
 * functions, and only counted for subscribers that are people.
 */
import { decide, parsePolicy, PolicyError, requestOf } from "../../authorization/policy.ts";
import { arnIn } from "../../location.ts";
import type { Resource } from "../../recording/resource.ts";
import { AwsError, isServiceAlone, UnsupportedError } from "../../service.ts";
import type { Caller, Operations, ResourceKinds, Service, World } from "../../service.ts";
import { compile } from "../events/index.ts";
import { findKey, isManaged } from "../kms/index.ts";
import type { Key } from "../kms/index.ts";
import { checkMembers } from "../lib/members.ts";
import { listedSubscriptions, listedTopics } from "./lists.ts";
import { Topic } from "./topic.ts";
import type { MessageAttributes, PublishedMessage, Subscription } from "./topic.ts";

interface PublishInput {
    TopicArn?: string;
    TargetArn?: string;
    Message: string;
    Subject?: string;
    MessageAttributes?: MessageAttributes;
}

interface SubscribeInput {
    readonly TopicArn?: string;
    readonly Protocol?: string;
    readonly Endpoint?: string;
    readonly ReturnSubscriptionArn?: boolean;
    readonly Attributes?: Readonly<Record<string, string>>;
}

/** Bytes. SNS API Reference, "Publish". */
const MAX_MESSAGE_BYTES = 256 * 1024;

/** How many messages a topic keeps to be looked at. */
const MAX_KEPT_MESSAGES = 1000;

/** The protocols of people and of devices outside. What they get is only counted. */
const RECORDED_PROTOCOLS = ["email", "email-json", "sms"];

/** SNS Developer Guide, "Managing Amazon SNS encryption keys and costs". */
export const ENCRYPTION_CONTEXT = "kms:EncryptionContext:aws:sns:topicArn";

export class SnsService implements Service {
    readonly operations: Operations = {
        Publish: this.publish.bind(this),
        ListTopics: () => listedTopics(this.topics.values()),
        ListSubscriptions: () => listedSubscriptions(this.topics.values(), this.world.account),
        ListSubscriptionsByTopic: ({ TopicArn }: { TopicArn?: string }) =>
            listedSubscriptions([this.topic(TopicArn)], this.world.account),
        Subscribe: this.subscribeByCall.bind(this),
        Unsubscribe: this.unsubscribeByCall.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:sns/topic:Topic": {
            inputs: [
                "name",
                "namePrefix",
                "displayName",
                "kmsMasterKeyId",
                "policy",
                "signatureVersion",
                "tags",
            ],
            create: this.createTopic.bind(this),
            update: (resource) => this.setAttributes(this.topic(resource.outputs["arn"]), resource),
            remove: ({ outputs }) => {
                this.world.unregister(String(outputs["arn"]));
                this.topics.delete(String(outputs["arn"]));
            },
        },
        "aws:sns/topicPolicy:TopicPolicy": {
            inputs: ["arn", "policy"],
            create: this.putTopicPolicy.bind(this),
            update: this.putTopicPolicy.bind(this),
            remove: ({ inputs }) => void (this.topic(inputs["arn"]).policy = undefined),
        },
        "aws:sns/topicSubscription:TopicSubscription": {
            inputs: [
                "topic",
                "protocol",
                "endpoint",
                "rawMessageDelivery",
                "filterPolicy",
                "filterPolicyScope",
                "endpointAutoConfirms",
                "confirmationTimeoutInMinutes",
            ],
            create: this.subscribe.bind(this),
            update: (resource, previous) => {
                this.unsubscribe(previous);
                this.subscribe(resource);
            },
            remove: this.unsubscribe.bind(this),
        },
    };
    private readonly world: World;
    private readonly topics = new Map<string, Topic>();

    constructor(world: World) {
        this.world = world;
    }

    private createTopic(resource: Resource): void {
        const { outputs } = resource;
        const name = String(outputs["name"]);
        if (!/^[\w-]{1,256}$/.test(name)) throw invalid("Topic Name");
        const topic = new Topic(String(outputs["arn"]), name);
        this.setAttributes(topic, resource);
        this.world.register(topic.arn, topic);
        this.topics.set(topic.arn, topic);
    }

    private setAttributes(topic: Topic, { inputs }: Resource): void {
        topic.keyId = inputs["kmsMasterKeyId"] as string | undefined;
        if (topic.keyId !== undefined && !isManaged(topic.keyId)) this.key(topic.keyId);
        if (inputs["policy"] !== undefined) setPolicy(topic, inputs["policy"] as string | object);
    }

    private putTopicPolicy({ inputs }: Resource): void {
        setPolicy(this.topic(inputs["arn"]), inputs["policy"] as string | object);
    }

    private key(id: string): Key {
        const key = findKey(this.world, id);
        if (key) return key;
        const resource = id.startsWith("alias/") ? id : `key/${id}`;
        const arn = id.startsWith("arn:") ? id : arnIn(this.world, "kms", resource);
        throw new AwsError("KMSNotFound", `Key '${arn}' does not exist`);
    }

    /**
     * A service that calls as itself needs the policy of the topic's key to allow it. The policy of the key that AWS
     * manages cannot (SNS Developer Guide, "Managing Amazon SNS encryption keys and costs").
     */
    private checkKey({ arn, keyId }: Topic, caller: Caller): void {
        if (keyId === undefined || !isServiceAlone(caller)) return;
        const key = isManaged(keyId) ? undefined : this.key(keyId);
        const context = { [ENCRYPTION_CONTEXT]: arn };
        const mayUse = (action: string): boolean => key?.decides(caller, action, context) === "allowed";
        if (mayUse("kms:GenerateDataKey") && mayUse("kms:Decrypt")) return;
        throw new AwsError(
            "KMSAccessDenied",
            `${caller.principal} does not have authorization to access the SNS topic encryption key ${keyId}.`,
        );
    }

    private subscribe({ inputs, outputs }: Pick<Resource, "inputs" | "outputs">): void {
        const topic = this.topic(inputs["topic"]);
        const protocol = String(inputs["protocol"]);
        const endpoint = String(inputs["endpoint"]);
        if (!["sqs", "lambda", ...RECORDED_PROTOCOLS].includes(protocol)) {
            throw new UnsupportedError(
                `The embedded AWS does not support an SNS subscription with protocol ${protocol}; use sqs, lambda or ${RECORDED_PROTOCOLS.join(", ")}.`,
            );
        }
        const filter = inputs["filterPolicy"];
        if (
            filter !== undefined &&
            (inputs["filterPolicyScope"] ?? "MessageAttributes") !== "MessageAttributes"
        ) {
            throw new UnsupportedError(
                `The embedded AWS does not support an SNS subscription with filterPolicyScope ${String(inputs["filterPolicyScope"])}; use MessageAttributes.`,
            );
        }
        topic.subscriptions.push({
            arn: String(outputs["arn"]),
            protocol,
            endpoint,
            raw: inputs["rawMessageDelivery"] === true,
            filter: filter === undefined ? undefined : compile(filter as string | object),
        });
    }

    /** A subscription that a person makes. Nobody has to confirm it. */
    private subscribeByCall(input: SubscribeInput): object {
        checkMembers("sns:Subscribe", input, [
            "TopicArn",
            "Protocol",
            "Endpoint",
            "ReturnSubscriptionArn",
            "Attributes",
        ]);
        const { TopicArn, Protocol: protocol, Endpoint: endpoint, Attributes = {} } = input;
        checkMembers("sns:Subscribe (Attributes)", Attributes, ["RawMessageDelivery", "FilterPolicy"]);
        if (endpoint === undefined) throw invalid("Endpoint");
        const arn = `${this.topic(TopicArn).arn}:${this.world.random.uuid()}`;
        const { FilterPolicy: filterPolicy, RawMessageDelivery } = Attributes;
        const inputs = {
            topic: TopicArn,
            protocol,
            endpoint,
            filterPolicy,
            rawMessageDelivery: RawMessageDelivery === "true",
        };
        this.subscribe({ inputs, outputs: { arn } });
        return { SubscriptionArn: arn };
    }

    private unsubscribeByCall({ SubscriptionArn: arn = "" }: { SubscriptionArn?: string }): object {
        const topic = this.topics.get(arn.slice(0, arn.lastIndexOf(":")));
        if (topic) this.unsubscribe({ inputs: { topic: topic.arn }, outputs: { arn } });
        return {};
    }

    private unsubscribe({ inputs, outputs }: Pick<Resource, "inputs" | "outputs">): void {
        const { subscriptions } = this.topic(inputs["topic"]);
        const i = subscriptions.findIndex(({ arn }) => arn === outputs["arn"]);
        if (i >= 0) subscriptions.splice(i, 1);
    }

    private publish(input: PublishInput, caller: Caller): { MessageId: string } {
        const arn = input.TopicArn ?? input.TargetArn;
        if (arn === undefined) throw invalid("TopicArn or TargetArn Reason: no value for required parameter");
        const topic = this.topic(arn);
        this.checkPolicy(topic, caller);
        this.checkKey(topic, caller);
        checkMessage(input);
        const { Message, Subject, MessageAttributes } = input;
        const message: PublishedMessage = {
            MessageId: this.world.random.uuid(),
            Message,
            ...(Subject === undefined ? {} : { Subject }),
            ...(MessageAttributes === undefined ? {} : { MessageAttributes }),
            publishedAt: this.world.clock.now(),
        };
        topic.published.push(message);
        if (topic.published.length > MAX_KEPT_MESSAGES) topic.published.shift();
        this.world.count("sns.published");
        if (topic.subscriptions.length > 0) {
            this.world.clock.after(this.world.model.callMillis, () =>
                this.deliver(topic, message, caller.traceHeader),
            );
        }
        return { MessageId: message.MessageId };
    }

    /**
     * A service as itself, and a role of another account, need the topic's policy to allow the call. A caller of the
     * account only needs that it does not deny the call.
     */
    private checkPolicy(topic: Topic, caller: Caller): void {
        const request = requestOf(caller, this.world.account, "SNS:Publish", topic.arn);
        const decision = topic.policy === undefined ? "not stated" : decide(topic.policy, request);
        const ofAccount =
            request.principal.startsWith("arn:") && request.principal.split(":")[4] === this.world.account;
        if (decision === "allowed" || (decision === "not stated" && ofAccount)) return;
        const reason =
            decision === "denied"
                ? "with an explicit deny in a resource-based policy"
                : "because no resource-based policy allows the SNS:Publish action";
        throw new AwsError(
            "AuthorizationError",
            `User: ${request.principal} is not authorized to perform: SNS:Publish on resource: ${topic.arn} ${reason}`,
            403,
        );
    }

    private deliver(topic: Topic, message: PublishedMessage, traceHeader: string | undefined): void {
        const caller: Caller = {
            principal: "sns.amazonaws.com",
            sourceArn: topic.arn,
            // SNS Developer Guide, "Amazon SNS active tracing": the header goes on to queues and functions.
            ...(traceHeader !== undefined && { traceHeader }),
        };
        for (const subscription of topic.subscriptions) {
            if (subscription.filter && !subscription.filter(attributeValues(message.MessageAttributes)))
                continue;
            if (RECORDED_PROTOCOLS.includes(subscription.protocol)) {
                this.world.count(`sns.${subscription.protocol}`);
                continue;
            }
            try {
                this.deliverTo(subscription, topic, message, caller);
            } catch (error) {
                if (!(error instanceof AwsError)) throw error;
                // SNS would retry for hours and then drop the message. Here nothing would change in the meantime.
                this.world.count("sns.failed");
            }
        }
    }

    private deliverTo(
        subscription: Subscription,
        topic: Topic,
        message: PublishedMessage,
        caller: Caller,
    ): void {
        const envelope = {
            Type: "Notification",
            MessageId: message.MessageId,
            TopicArn: topic.arn,
            ...(message.Subject === undefined ? {} : { Subject: message.Subject }),
            Message: message.Message,
            Timestamp: new Date(message.publishedAt).toISOString(),
        };
        if (subscription.protocol === "lambda") {
            const record = {
                EventSource: "aws:sns",
                EventVersion: "1.0",
                EventSubscriptionArn: subscription.arn,
                Sns: envelope,
            };
            const Payload = JSON.stringify({ Records: [record] });
            const input = { FunctionName: subscription.endpoint, InvocationType: "Event", Payload };
            this.world.call("lambda", "Invoke", input, caller);
            return;
        }
        const queue = this.world.find(subscription.endpoint) as { url?: string } | undefined;
        if (!queue?.url) throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
        const MessageBody = subscription.raw ? message.Message : JSON.stringify(envelope);
        this.world.call("sqs", "SendMessage", { QueueUrl: queue.url, MessageBody }, caller);
    }

    private topic(arn: unknown): Topic {
        const topic = this.world.find(String(arn));
        if (!(topic instanceof Topic)) throw new AwsError("NotFound", "Topic does not exist", 404);
        return topic;
    }
}

function setPolicy(topic: Topic, policy: string | object): void {
    try {
        parsePolicy(policy, "resource");
    } catch (error) {
        throw error instanceof PolicyError ? invalid(`Policy Error: ${error.message}`) : error;
    }
    topic.policy = policy;
}

function checkMessage({ Message, Subject }: PublishInput): void {
    if (Message === "") throw invalid("Empty message");
    if (Buffer.byteLength(Message) > MAX_MESSAGE_BYTES) throw invalid("Message too long");
    // SNS API Reference, "Publish": ASCII text that begins with no white space, shorter than 100 characters, without line breaks.
    if (Subject !== undefined && !/^[!-~][ -~]{0,99}$/.test(Subject)) throw invalid("Subject");
}

function attributeValues(attributes: MessageAttributes = {}): object {
    const values = Object.entries(attributes).map(([name, { DataType, StringValue = "" }]) => {
        if (DataType === "Number") return [name, Number(StringValue)];
        return [name, DataType === "String.Array" ? (JSON.parse(StringValue) as unknown) : StringValue];
    });
    return Object.fromEntries(values) as object;
}

function invalid(what: string): AwsError {
    return new AwsError("InvalidParameter", `Invalid parameter: ${what}`);
}

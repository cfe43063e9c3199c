/**
 * SQS: standard and FIFO queues with their operations, resource policies, dead-letter queues and redrive. Time is the
 * world's, so a receive never waits: `WaitTimeSeconds` is checked, and the answer comes at once. Two things are simpler
 * than on AWS: a short poll sees every message, and the only quota is that of messages in flight.
 */
import type {
    BatchResultErrorEntry,
    CancelMessageMoveTaskRequest,
    ChangeMessageVisibilityBatchRequest,
    ChangeMessageVisibilityRequest,
    DeleteMessageBatchRequest,
    DeleteMessageRequest,
    GetQueueAttributesRequest,
    GetQueueUrlRequest,
    ListDeadLetterSourceQueuesRequest,
    ListMessageMoveTasksRequest,
    ListMessageMoveTasksResultEntry,
    ListQueuesRequest,
    Message as ReceivedMessage,
    MessageAttributeValue,
    PurgeQueueRequest,
    ReceiveMessageRequest,
    SendMessageBatchRequest,
    SendMessageRequest,
    SendMessageResult,
    SetQueueAttributesRequest,
    StartMessageMoveTaskRequest,
} from "@aws-sdk/client-sqs";
import { decide, requestOf } from "../../authorization/policy.ts";
import type { Resource } from "../../recording/resource.ts";
import { AwsError, isServiceAlone } from "../../service.ts";
import type { Caller, Operations, ResourceKind, ResourceKinds, Service, World } from "../../service.ts";
import { findKey, isManaged } from "../kms/index.ts";
import { invalidParameter, invalidValue, missing, queueDoesNotExist } from "./errors.ts";
import { md5OfAttributes, md5OfBody, sequenceNumber } from "./message.ts";
import type { Content, Message } from "./message.ts";
import { run, type MoveTask } from "./move-task.ts";
import { Queue, type QueueHost } from "./queue.ts";
import { changeSettings, QUEUE_ATTRIBUTES, QUEUE_INPUTS, settingsOf } from "./settings.ts";
import { checkBatch, checkRange, contentOf, sizeOf, type Sendable } from "./validation.ts";

/** SQS pricing: every 64 KB of a payload are one request. */
const REQUEST_BYTES = 65_536;
/** SQS Developer Guide, "Message quotas": a batch request, all messages together. */
const MAX_BATCH_BYTES = 1_048_576;
const MAX_VISIBILITY_SECONDS = 43_200;

/** SQS Developer Guide, "Encryption at rest". */
export const ENCRYPTION_CONTEXT = "kms:EncryptionContext:aws:sqs:arn";

export class SqsService implements Service {
    readonly operations: Operations = {
        SendMessage: this.sendMessage.bind(this),
        SendMessageBatch: this.sendMessageBatch.bind(this),
        ReceiveMessage: this.receiveMessage.bind(this),
        DeleteMessage: this.deleteMessage.bind(this),
        DeleteMessageBatch: this.deleteMessageBatch.bind(this),
        ChangeMessageVisibility: this.changeMessageVisibility.bind(this),
        ChangeMessageVisibilityBatch: this.changeMessageVisibilityBatch.bind(this),
        GetQueueUrl: this.getQueueUrl.bind(this),
        GetQueueAttributes: this.getQueueAttributes.bind(this),
        SetQueueAttributes: this.setQueueAttributes.bind(this),
        ListQueues: this.listQueues.bind(this),
        ListDeadLetterSourceQueues: this.listDeadLetterSourceQueues.bind(this),
        PurgeQueue: this.purgeQueue.bind(this),
        StartMessageMoveTask: this.startMessageMoveTask.bind(this),
        ListMessageMoveTasks: this.listMessageMoveTasks.bind(this),
        CancelMessageMoveTask: this.cancelMessageMoveTask.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:sqs/queue:Queue": {
            inputs: QUEUE_INPUTS,
            create: this.createQueue.bind(this),
            update: this.updateQueue.bind(this),
            remove: this.removeQueue.bind(this),
        },
        "aws:sqs/queuePolicy:QueuePolicy": this.attributeKind("Policy", "policy"),
        "aws:sqs/redrivePolicy:RedrivePolicy": this.attributeKind("RedrivePolicy", "redrivePolicy"),
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": this.attributeKind(
            "RedriveAllowPolicy",
            "redriveAllowPolicy",
        ),
    };
    private readonly world: World;
    private readonly byUrl = new Map<string, Queue>();
    private readonly byName = new Map<string, Queue>();
    private readonly moveTasks: MoveTask[] = [];
    private readonly host: QueueHost;

    constructor(world: World) {
        this.world = world;
        let sequence = 0;
        this.host = {
            world,
            nextSequence: () => ++sequence,
            deadLetterQueue: (arn, source) => this.deadLetterQueue(arn, source),
        };
    }

    private createQueue(resource: Resource): void {
        const { outputs } = resource;
        const name = String(outputs["name"]);
        const arn = String(outputs["arn"]);
        const url = String(outputs["url"] ?? outputs["id"]);
        const settings = settingsOf(resource.inputs);
        checkName(name, settings.fifo);
        if (this.byName.has(name)) {
            throw new AwsError(
                "QueueNameExists",
                "A queue already exists with the same name and a different value for an attribute.",
            );
        }
        const queue = new Queue(this.host, { arn, url, name }, settings);
        this.checkRedrivePolicy(queue);
        this.world.register(arn, queue);
        this.byUrl.set(url, queue);
        this.byName.set(name, queue);
    }

    private updateQueue(resource: Resource): void {
        const queue = this.queueNamed(resource);
        const { delaySeconds } = queue.settings;
        Object.assign(queue.settings, settingsOf(resource.inputs, queue.settings));
        this.checkRedrivePolicy(queue);
        if (queue.settings.delaySeconds !== delaySeconds) queue.applyNewDelay();
    }

    private removeQueue(resource: Resource): void {
        const queue = this.queueNamed(resource);
        queue.purge();
        this.byName.delete(queue.name);
        this.byUrl.delete(queue.url);
        this.world.unregister(queue.arn);
    }

    private queueNamed(resource: Resource): Queue {
        const queue = this.byName.get(String(resource.outputs["name"]));
        if (!queue) throw queueDoesNotExist();
        return queue;
    }

    /** A resource that is one attribute of a queue. */
    private attributeKind(attribute: string, input: string): ResourceKind {
        const set = ({ inputs }: Resource, value: unknown): void => {
            const queue = this.queueByUrl(inputs["queueUrl"] as string | undefined);
            changeSettings(queue.settings, {
                [attribute]: typeof value === "string" ? value : JSON.stringify(value),
            });
            this.checkRedrivePolicy(queue);
        };
        const create = (resource: Resource): void => set(resource, resource.inputs[input]);
        return {
            inputs: ["queueUrl", input],
            create,
            update: create,
            remove: (resource) => set(resource, ""),
        };
    }

    private checkRedrivePolicy(queue: Queue): void {
        const policy = queue.settings.redrivePolicy;
        if (!policy) return;
        const refuse = (reason: string): AwsError =>
            invalidValue("RedrivePolicy", JSON.stringify(policy), reason);
        const target = this.queueByArn(policy.deadLetterTargetArn);
        if (!target) throw refuse("Dead letter target does not exist.");
        if (target.settings.fifo !== queue.settings.fifo) {
            throw refuse("Dead-letter queue must be same type of queue as the source.");
        }
        if (!acceptsDeadLetters(target, queue.arn)) {
            throw refuse("The dead-letter queue's redrive allow policy does not permit this source queue.");
        }
    }

    private sendMessage(input: SendMessageRequest, caller: Caller): SendMessageResult {
        const queue = this.authorized(input.QueueUrl, "SendMessage", caller);
        this.checkKey(queue, caller);
        const { content, delaySeconds } = contentOf(input, queue.settings, this.originOf(caller));
        this.countRequest(content.size);
        return sent(queue, content, delaySeconds);
    }

    private sendMessageBatch(input: SendMessageBatchRequest, caller: Caller): unknown {
        const queue = this.authorized(input.QueueUrl, "SendMessage", caller);
        this.checkKey(queue, caller);
        const entries = input.Entries ?? [];
        checkBatch(entries, "SendMessageBatchRequestEntry");
        const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
        if (bytes > MAX_BATCH_BYTES) {
            throw new AwsError(
                "BatchRequestTooLong",
                `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
            );
        }
        this.countRequest(bytes);
        const origin = this.originOf(caller);
        return batch(entries, (entry: Sendable) => {
            const { content, delaySeconds } = contentOf(entry, queue.settings, origin);
            return sent(queue, content, delaySeconds);
        });
    }

    /**
     * Who sends, and the trace header of the request. It becomes the message's AWSTraceHeader, unless the message has one
     * of its own (SQS Developer Guide, "Sending trace headers through Amazon SQS").
     */
    private originOf(caller: Caller): { sender: string; trace: string | undefined } {
        return { sender: senderOf(caller, this.world), trace: caller.traceHeader };
    }

    private receiveMessage(input: ReceiveMessageRequest, caller: Caller): { Messages?: ReceivedMessage[] } {
        const queue = this.authorized(input.QueueUrl, "ReceiveMessage", caller);
        const { MaxNumberOfMessages: maximum, VisibilityTimeout: visibility } = input;
        const count = checkRange("MaxNumberOfMessages", maximum, 1, 10, 1);
        const { visibilityTimeout } = queue.settings;
        const seconds = checkRange(
            "VisibilityTimeout",
            visibility,
            0,
            MAX_VISIBILITY_SECONDS,
            visibilityTimeout,
        );
        checkRange("WaitTimeSeconds", input.WaitTimeSeconds, 0, 20, 0);
        const messages = queue.receive(count, seconds, input.ReceiveRequestAttemptId);
        this.countRequest(messages.reduce((sum, message) => sum + message.content.size, 0));
        if (messages.length === 0) return {};
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- SQS still takes the old name.
        const wanted = input.MessageSystemAttributeNames ?? input.AttributeNames ?? [];
        const names = input.MessageAttributeNames ?? [];
        return { Messages: messages.map((message) => received(message, queue, wanted, names)) };
    }

    private deleteMessage(input: DeleteMessageRequest, caller: Caller): object {
        const queue = this.authorized(input.QueueUrl, "DeleteMessage", caller);
        this.countRequest();
        queue.delete(required("ReceiptHandle", input.ReceiptHandle));
        return {};
    }

    private deleteMessageBatch(input: DeleteMessageBatchRequest, caller: Caller): unknown {
        const queue = this.authorized(input.QueueUrl, "DeleteMessage", caller);
        const entries = input.Entries ?? [];
        checkBatch(entries, "DeleteMessageBatchRequestEntry");
        this.countRequest();
        return batch(entries, (entry) => {
            queue.delete(required("ReceiptHandle", entry.ReceiptHandle));
            return {};
        });
    }

    private changeMessageVisibility(input: ChangeMessageVisibilityRequest, caller: Caller): object {
        const queue = this.authorized(input.QueueUrl, "ChangeMessageVisibility", caller);
        this.countRequest();
        changeVisibility(queue, input.ReceiptHandle, input.VisibilityTimeout);
        return {};
    }

    private changeMessageVisibilityBatch(
        input: ChangeMessageVisibilityBatchRequest,
        caller: Caller,
    ): unknown {
        const queue = this.authorized(input.QueueUrl, "ChangeMessageVisibility", caller);
        const entries = input.Entries ?? [];
        checkBatch(entries, "ChangeMessageVisibilityBatchRequestEntry");
        this.countRequest();
        return batch(entries, (entry) => {
            changeVisibility(queue, entry.ReceiptHandle, entry.VisibilityTimeout);
            return {};
        });
    }

    private getQueueUrl(input: GetQueueUrlRequest, caller: Caller): { QueueUrl: string } {
        const queue = this.byName.get(required("QueueName", input.QueueName));
        const owner = input.QueueOwnerAWSAccountId ?? this.world.account;
        if (!queue || owner !== this.world.account) throw queueDoesNotExist();
        this.authorize(queue, "GetQueueUrl", caller);
        this.countRequest();
        return { QueueUrl: queue.url };
    }

    private getQueueAttributes(input: GetQueueAttributesRequest, caller: Caller): unknown {
        const queue = this.authorized(input.QueueUrl, "GetQueueAttributes", caller);
        this.countRequest();
        const names: readonly string[] = input.AttributeNames ?? [];
        if (names.length === 0) return {};
        const counts = queue.counts();
        const all: Record<string, string | undefined> = {
            QueueArn: queue.arn,
            ApproximateNumberOfMessages: String(counts.visible),
            ApproximateNumberOfMessagesNotVisible: String(counts.inFlight),
            ApproximateNumberOfMessagesDelayed: String(counts.delayed),
            CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
            LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
        };
        for (const [name, attribute] of Object.entries(QUEUE_ATTRIBUTES))
            all[name] = attribute.show(queue.settings);
        const attributes: Record<string, string> = {};
        for (const name of names.includes("All") ? Object.keys(all) : names) {
            if (!Object.hasOwn(all, name))
                throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
            const value = all[name];
            if (value !== undefined) attributes[name] = value;
        }
        return { Attributes: attributes };
    }

    private setQueueAttributes(input: SetQueueAttributesRequest, caller: Caller): object {
        const queue = this.authorized(input.QueueUrl, "SetQueueAttributes", caller);
        this.countRequest();
        changeSettings(queue.settings, input.Attributes ?? {});
        this.checkRedrivePolicy(queue);
        if (input.Attributes?.DelaySeconds !== undefined) queue.applyNewDelay();
        queue.modifiedAt = this.world.clock.now();
        return {};
    }

    private listQueues(input: ListQueuesRequest): { QueueUrls?: string[] } {
        this.countRequest();
        const prefix = input.QueueNamePrefix ?? "";
        const urls = [...this.byName.values()].filter((queue) => queue.name.startsWith(prefix)).map(urlOf);
        return urls.length > 0 ? { QueueUrls: urls } : {};
    }

    private listDeadLetterSourceQueues(input: ListDeadLetterSourceQueuesRequest, caller: Caller): unknown {
        const queue = this.authorized(input.QueueUrl, "ListDeadLetterSourceQueues", caller);
        this.countRequest();
        return { queueUrls: this.deadLetterSources(queue).map(urlOf) };
    }

    private purgeQueue(input: PurgeQueueRequest, caller: Caller): object {
        const queue = this.authorized(input.QueueUrl, "PurgeQueue", caller);
        this.countRequest();
        if (this.world.clock.now() - queue.purgedAt < 60_000) {
            throw new AwsError(
                "PurgeQueueInProgress",
                `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
                403,
            );
        }
        queue.purge();
        return {};
    }

    private startMessageMoveTask(input: StartMessageMoveTaskRequest, caller: Caller): { TaskHandle: string } {
        const source = this.moveQueue("SourceArn", required("SourceArn", input.SourceArn));
        this.authorize(source, "StartMessageMoveTask", caller);
        this.countRequest();
        if (this.deadLetterSources(source).length === 0) {
            throw invalidParameter("Source queue must be configured as a Dead Letter Queue.");
        }
        const destination =
            input.DestinationArn === undefined
                ? undefined
                : this.moveQueue("DestinationArn", input.DestinationArn);
        if (destination === source)
            throw invalidParameter("Source queue arn and destination queue arn cannot be the same.");
        if (destination && destination.settings.fifo !== source.settings.fifo) {
            throw invalidParameter("Source queue and destination queue must be of the same type.");
        }
        const perSecond = input.MaxNumberOfMessagesPerSecond;
        if (perSecond !== undefined) checkRange("MaxNumberOfMessagesPerSecond", perSecond, 1, 500, 500);
        if (this.moveTasks.some((task) => task.source === source && isActive(task))) {
            throw invalidParameter(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
            );
        }
        const startedAt = this.world.clock.now();
        const handle = Buffer.from(
            JSON.stringify({ taskId: this.world.random.uuid(), sourceArn: source.arn }),
        ).toString("base64");
        const toMove = source.counts().visible;
        const task: MoveTask = {
            handle,
            source,
            destination,
            perSecond,
            startedAt,
            toMove,
            moved: 0,
            status: "RUNNING",
        };
        this.moveTasks.unshift(task);
        run(task, this.world, (arn) => this.queueByArn(arn));
        return { TaskHandle: handle };
    }

    private listMessageMoveTasks(
        input: ListMessageMoveTasksRequest,
        caller: Caller,
    ): { Results: ListMessageMoveTasksResultEntry[] } {
        const source = this.moveQueue("SourceArn", required("SourceArn", input.SourceArn));
        this.authorize(source, "ListMessageMoveTasks", caller);
        this.countRequest();
        const maximum = checkRange("MaxResults", input.MaxResults, 1, 10, 1);
        const tasks = this.moveTasks.filter((task) => task.source === source).slice(0, maximum);
        return { Results: tasks.map(describe) };
    }

    private cancelMessageMoveTask(input: CancelMessageMoveTaskRequest, caller: Caller): unknown {
        const handle = required("TaskHandle", input.TaskHandle);
        const task = this.moveTasks.find((each) => each.handle === handle);
        if (!task) throw new AwsError("ResourceNotFoundException", "Task does not exist.", 404);
        this.authorize(task.source, "CancelMessageMoveTask", caller);
        this.countRequest();
        if (task.status !== "RUNNING") throw invalidParameter("Only active tasks can be cancelled.");
        task.status = "CANCELLING";
        return { ApproximateNumberOfMessagesMoved: task.moved };
    }

    private moveQueue(parameter: string, arn: string): Queue {
        if (!/^arn:[a-z-]+:sqs:/.test(arn)) {
            throw invalidParameter(
                `You must use this format to specify the ${parameter}: arn:<partition>:<service>:<region>:<account-id>:<resource-id>`,
            );
        }
        const queue = this.queueByArn(arn);
        if (queue) return queue;
        throw new AwsError(
            "ResourceNotFoundException",
            `The resource that you specified for the ${parameter} parameter doesn't exist.`,
            404,
        );
    }

    private deadLetterSources(queue: Queue): Queue[] {
        return [...this.byName.values()].filter(
            (each) => each.settings.redrivePolicy?.deadLetterTargetArn === queue.arn,
        );
    }

    /** The queue under an ARN, if it exists, has the same type as `source` and accepts its dead letters. */
    private deadLetterQueue(arn: string, source: Queue): Queue | undefined {
        const queue = this.queueByArn(arn);
        if (!queue || queue.settings.fifo !== source.settings.fifo) return undefined;
        return acceptsDeadLetters(queue, source.arn) ? queue : undefined;
    }

    private queueByArn(arn: string): Queue | undefined {
        const thing = this.world.find(arn);
        return thing instanceof Queue ? thing : undefined;
    }

    /** Finds a queue by account and name if the host is another one, such as an endpoint. */
    private queueByUrl(url: string | undefined): Queue {
        const known = this.byUrl.get(required("QueueUrl", url));
        if (known) return known;
        const path = /^(?:https?:\/\/[^/]+)?\/?(\d+)\/([A-Za-z0-9_.-]+)\/?$/.exec(url ?? "");
        const queue = path?.[1] === this.world.account ? this.byName.get(path[2] ?? "") : undefined;
        if (!queue) throw queueDoesNotExist();
        return queue;
    }

    private authorized(url: string | undefined, action: string, caller: Caller): Queue {
        const queue = this.queueByUrl(url);
        this.authorize(queue, action, caller);
        return queue;
    }

    /**
     * A service that calls as itself needs the queue's policy to allow it. Other callers are refused here only by an
     * explicit deny.
     */
    private authorize(queue: Queue, action: string, caller: Caller): void {
        const { policy } = queue.settings;
        const isService = isServiceAlone(caller);
        if (policy === undefined && !isService) return;
        const request = requestOf(caller, this.world.account, `sqs:${action}`, queue.arn);
        const decision = policy === undefined ? "not stated" : decide(policy, request);
        if (decision === "allowed" || (decision === "not stated" && !isService)) return;
        const because =
            decision === "denied"
                ? "with an explicit deny in a resource-based policy"
                : `because no resource-based policy allows the sqs:${action} action`;
        throw new AwsError(
            "AccessDenied",
            `User: ${request.principal} is not authorized to perform: sqs:${action} on resource: ${queue.arn} ${because}`,
            403,
        );
    }

    /**
     * Throws if the queue's key does not exist or may not be used. A service that calls as itself needs the key's
     * policy to allow it. The policy of the key that AWS manages cannot (SQS Developer Guide, "Configure KMS
     * permissions for AWS services").
     */
    private checkKey(queue: Queue, caller: Caller): void {
        const id = queue.settings.kmsMasterKeyId;
        if (id === undefined) return;
        const key = isManaged(id) ? undefined : findKey(this.world, id);
        if (!isManaged(id) && !key) throw new AwsError("KmsNotFound", `Key '${id}' does not exist`);
        if (key && !key.enabled) throw new AwsError("KmsDisabled", `${key.arn} is disabled.`);
        if (!isServiceAlone(caller)) return;
        const context = { [ENCRYPTION_CONTEXT]: queue.arn };
        const refused = ["kms:GenerateDataKey", "kms:Decrypt"].find(
            (action) => key?.decides(caller, action, context) !== "allowed",
        );
        if (refused === undefined) return;
        throw new AwsError(
            "KmsAccessDenied",
            `User: ${caller.principal} is not authorized to perform: ${refused} on resource: ${key?.arn ?? id} because no resource-based policy allows the ${refused} action`,
        );
    }

    private countRequest(bytes = 0): void {
        this.world.count("sqs.requests", Math.max(1, Math.ceil(bytes / REQUEST_BYTES)));
    }
}

function sent(queue: Queue, content: Content, delaySeconds: number): SendMessageResult {
    const message = queue.send(content, delaySeconds);
    const result: SendMessageResult = { MessageId: message.id, MD5OfMessageBody: md5OfBody(content.body) };
    const md5 = md5OfAttributes(content.attributes);
    if (md5 !== undefined) result.MD5OfMessageAttributes = md5;
    if (queue.settings.fifo) result.SequenceNumber = sequenceNumber(message);
    return result;
}

function received(
    message: Message,
    queue: Queue,
    wanted: readonly string[],
    names: readonly string[],
): ReceivedMessage {
    const { content } = message;
    const result: ReceivedMessage = {
        MessageId: message.id,
        ReceiptHandle: message.receipt,
        MD5OfBody: md5OfBody(content.body),
        Body: content.body,
    };
    if (wanted.length > 0) result.Attributes = systemAttributes(message, queue.settings.fifo, wanted);
    if (names.length > 0) {
        const attributes = selectAttributes(content.attributes, names);
        const md5 = md5OfAttributes(attributes);
        if (md5 !== undefined) {
            result.MessageAttributes = attributes;
            result.MD5OfMessageAttributes = md5;
        }
    }
    return result;
}

function systemAttributes(
    message: Message,
    fifo: boolean,
    wanted: readonly string[],
): NonNullable<ReceivedMessage["Attributes"]> {
    const { content } = message;
    const all: Record<string, string> = {
        SenderId: content.sender,
        SentTimestamp: String(message.sentAt),
        ApproximateReceiveCount: String(message.receiveCount),
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    };
    if (fifo) {
        all["SequenceNumber"] = sequenceNumber(message);
        if (content.deduplicationId !== undefined) all["MessageDeduplicationId"] = content.deduplicationId;
    }
    if (content.group !== undefined) all["MessageGroupId"] = content.group;
    if (content.traceHeader !== undefined) all["AWSTraceHeader"] = content.traceHeader;
    if (message.deadLetterSourceArn !== undefined)
        all["DeadLetterQueueSourceArn"] = message.deadLetterSourceArn;
    if (wanted.includes("All")) return all;
    return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name)));
}

/** The attributes with a name, with the start of a name (`foo.*`), or all. */
function selectAttributes(
    attributes: Content["attributes"],
    names: readonly string[],
): Record<string, MessageAttributeValue> {
    if (names.includes("All") || names.includes(".*")) return attributes;
    const isWanted = (name: string): boolean =>
        names.some((each) => each === name || (each.endsWith(".*") && name.startsWith(each.slice(0, -1))));
    return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}

/** Performs each entry by itself. As on AWS, an empty list is left out. */
function batch<E extends { Id: string | undefined }>(
    entries: readonly E[],
    perform: (entry: E) => object,
): { Successful?: object[]; Failed?: BatchResultErrorEntry[] } {
    const successful: object[] = [];
    const failed: BatchResultErrorEntry[] = [];
    for (const entry of entries) {
        try {
            successful.push({ Id: entry.Id, ...perform(entry) });
        } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            // For a batch of a FIFO queue the error of an expired handle has another name than for a single request.
            const isExpired = error.message.endsWith("The receipt handle has expired.");
            const Code = isExpired ? "ReceiptHandleIsInvalid" : error.name;
            const Message = isExpired ? "The receipt handle has expired" : error.message;
            failed.push({ Id: entry.Id, SenderFault: true, Code, Message });
        }
    }
    return {
        ...(successful.length > 0 ? { Successful: successful } : {}),
        ...(failed.length > 0 ? { Failed: failed } : {}),
    };
}

function changeVisibility(queue: Queue, handle: string | undefined, timeout: number | undefined): void {
    if (timeout === undefined) throw missing("VisibilityTimeout");
    const seconds = checkRange("VisibilityTimeout", timeout, 0, MAX_VISIBILITY_SECONDS, 0);
    queue.changeVisibility(required("ReceiptHandle", handle), seconds);
}

function describe(task: MoveTask): ListMessageMoveTasksResultEntry {
    const entry: ListMessageMoveTasksResultEntry = {
        Status: task.status,
        SourceArn: task.source.arn,
        ApproximateNumberOfMessagesMoved: task.moved,
        ApproximateNumberOfMessagesToMove: task.toMove,
        StartedTimestamp: task.startedAt,
    };
    if (isActive(task)) entry.TaskHandle = task.handle;
    if (task.destination) entry.DestinationArn = task.destination.arn;
    if (task.perSecond !== undefined) entry.MaxNumberOfMessagesPerSecond = task.perSecond;
    if (task.failureReason !== undefined) entry.FailureReason = task.failureReason;
    return entry;
}

function isActive(task: MoveTask): boolean {
    return task.status === "RUNNING" || task.status === "CANCELLING";
}

function acceptsDeadLetters(queue: Queue, sourceArn: string): boolean {
    const policy = queue.settings.redriveAllowPolicy;
    if (!policy || policy.redrivePermission === "allowAll") return true;
    return policy.redrivePermission === "byQueue" && (policy.sourceQueueArns ?? []).includes(sourceArn);
}

function checkName(name: string, fifo: boolean): void {
    const isValid =
        /^[A-Za-z0-9_-]{1,80}$/.test(fifo ? name.replace(/\.fifo$/, "") : name) && name.length <= 80;
    if (isValid && name.endsWith(".fifo") === fifo) return;
    throw invalidParameter(
        fifo
            ? "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length."
            : "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
}

/** The `SenderId`. For a role it is the name, which takes the place of the unique id. */
function senderOf(caller: Caller, world: World): string {
    return (
        caller.roleArn?.split("/").at(-1) ?? (caller.principal === "user" ? world.account : caller.principal)
    );
}

function urlOf(queue: Queue): string {
    return queue.url;
}

function required(parameter: string, value: string | undefined): string {
    if (value === undefined || value === "") throw missing(parameter);
    return value;
}

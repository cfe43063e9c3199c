/** The errors of SQS, named as the SDK's clients show them, with AWS's texts. */
import { AwsError } from "../../service.ts";

/** The codes of the header `x-amzn-query-error` for errors whose code is not their name. */
export const QUERY_ERROR_CODES: Readonly<Record<string, string>> = {
    BatchEntryIdsNotDistinct: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    BatchRequestTooLong: "AWS.SimpleQueueService.BatchRequestTooLong",
    EmptyBatchRequest: "AWS.SimpleQueueService.EmptyBatchRequest",
    InvalidBatchEntryId: "AWS.SimpleQueueService.InvalidBatchEntryId",
    KmsAccessDenied: "KMS.AccessDeniedException",
    KmsDisabled: "KMS.DisabledException",
    KmsNotFound: "KMS.NotFoundException",
    PurgeQueueInProgress: "AWS.SimpleQueueService.PurgeQueueInProgress",
    QueueDoesNotExist: "AWS.SimpleQueueService.NonExistentQueue",
    QueueNameExists: "QueueAlreadyExists",
    TooManyEntriesInBatchRequest: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
};

export function queueDoesNotExist(): AwsError {
    return new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
}

export function missing(parameter: string): AwsError {
    return new AwsError("MissingParameter", `The request must contain the parameter ${parameter}.`);
}

export function invalidParameter(message: string): AwsError {
    return new AwsError("InvalidParameterValue", message);
}

export function invalidValue(parameter: string, value: unknown, reason: string): AwsError {
    return invalidParameter(
        `Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`,
    );
}

export function receiptHandleIsInvalid(): AwsError {
    return new AwsError("ReceiptHandleIsInvalid", "The input receipt handle is invalid.", 404);
}

/** FIFO queues refuse a handle after its visibility timeout. */
export function receiptHandleHasExpired(handle: string): AwsError {
    return invalidValue("ReceiptHandle", handle, "The receipt handle has expired.");
}

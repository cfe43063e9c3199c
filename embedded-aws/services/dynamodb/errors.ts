/** The errors of the DynamoDB API that several files throw, in AWS's words. */
import { AwsError } from "../../service.ts";

export function validation(message: string): AwsError {
    return new AwsError("ValidationException", message);
}

/** A parameter has the right form but an impossible value. */
export function invalidParameter(message: string): AwsError {
    return validation(`One or more parameter values were invalid: ${message}`);
}

export function tableNotFound(): AwsError {
    return new AwsError("ResourceNotFoundException", "Requested resource not found");
}

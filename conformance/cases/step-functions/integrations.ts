/** What tasks get from the services that they call: results, and the names and causes of errors. */
import { CALLED, RECORDED, task } from "./form.ts";
import type { Case } from "./form.ts";

const SDK_UPDATE = "arn:aws:states:::aws-sdk:dynamodb:updateItem";

export const integrations: readonly Case[] = [
    {
        title: "a task's result is its output",
        source: RECORDED,
        definition: task({ Output: "{% $states.result.Attributes %}" }),
        services: { "dynamodb:UpdateItem": [{ output: { Attributes: { a: { S: "x" } } } }] },
        status: "SUCCEEDED",
        output: { a: { S: "x" } },
        history: ["ExecutionStarted", "TaskStateEntered", ...CALLED, "TaskStateExited", "ExecutionSucceeded"],
    },
    {
        title: "an optimized DynamoDB error has the prefix DynamoDB and the old SDK's cause",
        source: RECORDED,
        definition: task(
            {
                Catch: [{ ErrorEquals: ["DynamoDB.ResourceNotFoundException"], Next: "C" }],
            },
            {
                C: {
                    Type: "Pass",
                    Output: "{% $substringBefore($states.input.Cause, 'Request ID') %}",
                    End: true,
                },
            },
        ),
        services: {
            "dynamodb:UpdateItem": [
                { error: "ResourceNotFoundException", message: "Requested resource not found" },
            ],
        },
        status: "SUCCEEDED",
        output: "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ResourceNotFoundException; ",
    },
    {
        title: "an SDK DynamoDB error has the prefix DynamoDb and the new SDK's cause",
        source: RECORDED,
        definition: task(
            {
                Resource: SDK_UPDATE,
                Catch: [{ ErrorEquals: ["DynamoDb.ResourceNotFoundException"], Next: "C" }],
            },
            {
                C: {
                    Type: "Pass",
                    Output: "{% $substringBefore($states.input.Cause, 'Request ID') %}",
                    End: true,
                },
            },
        ),
        services: {
            "dynamodb:UpdateItem": [
                { error: "ResourceNotFoundException", message: "Requested resource not found" },
            ],
        },
        status: "SUCCEEDED",
        output: "Requested resource not found (Service: DynamoDb, Status Code: 400, ",
    },
    {
        title: "an error that the API does not model has the name of the SDK's base class",
        source: RECORDED,
        definition: task({}),
        services: {
            "dynamodb:UpdateItem": [{ error: "ValidationException", message: "1 validation error" }],
        },
        status: "FAILED",
        error: "DynamoDB.AmazonDynamoDBException",
    },
    {
        title: "an unmodelled error of an SDK integration too",
        source: RECORDED,
        definition: task({ Resource: SDK_UPDATE }),
        services: {
            "dynamodb:UpdateItem": [{ error: "ValidationException", message: "1 validation error" }],
        },
        status: "FAILED",
        error: "DynamoDb.DynamoDbException",
    },
    {
        title: "an SQS message body that is no string is sent as JSON",
        source: "Developer Guide: Send messages to an Amazon SQS queue with Step Functions",
        definition: task({
            Resource: "arn:aws:states:::sqs:sendMessage",
            Arguments: { QueueUrl: "q", MessageBody: { a: 1 } },
            Output: "{% $states.result.MessageId %}",
        }),
        services: { "sqs:SendMessage": [{ output: { MessageId: "m" } }] },
        status: "SUCCEEDED",
        output: "m",
    },
    {
        title: "a function's error has the function's own error type",
        source: RECORDED,
        definition: task({
            Resource: "arn:aws:states:::lambda:invoke",
            Arguments: { FunctionName: "f", Payload: { a: 1 } },
        }),
        services: {
            "lambda:Invoke": [
                {
                    output: {
                        StatusCode: 200,
                        FunctionError: "Unhandled",
                        Payload: '{"errorType":"Boom","errorMessage":"no"}',
                    },
                },
            ],
        },
        status: "FAILED",
        error: "Boom",
        causeHas: { errorType: "Boom", errorMessage: "no" },
    },
    {
        title: "a function's payload is parsed",
        source: "Developer Guide: Invoke an AWS Lambda function with Step Functions",
        definition: task({
            Resource: "arn:aws:states:::lambda:invoke",
            Arguments: { FunctionName: "f", Payload: { a: 1 } },
            Output: "{% $states.result.Payload.b %}",
        }),
        services: { "lambda:Invoke": [{ output: { StatusCode: 200, Payload: '{"b":[2]}' } }] },
        status: "SUCCEEDED",
        output: [2],
    },
    {
        title: "the SDK integration of Step Functions itself speaks PascalCase",
        source: "Developer Guide: Learning to use AWS service SDK integrations",
        definition: task(
            {
                Resource: "arn:aws:states:::aws-sdk:sfn:describeExecution",
                Arguments: { ExecutionArn: "arn:aws:states:eu-west-1:123456789012:execution:machine:gone" },
                Catch: [
                    { ErrorEquals: ["Sfn.ExecutionDoesNotExistException"], Output: "named so", Next: "C" },
                ],
            },
            { C: { Type: "Pass", End: true } },
        ),
        status: "SUCCEEDED",
        output: "named so",
    },
];

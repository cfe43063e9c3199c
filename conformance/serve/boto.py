"""Asks a stack that `turnstile serve` keeps running through boto3, and prints what it saw as one line of JSON."""

import io
import json
import sys
import urllib.request

import boto3
from botocore.exceptions import ClientError

operator = json.loads(sys.argv[1])
bucket = boto3.client("s3").list_buckets()["Buckets"][0]["Name"]


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


s3 = boto3.resource("s3")
s3.Bucket(bucket).upload_fileobj(io.BytesIO(b"\x00\xff" * 1000), "boto/a key+b.bin", ExtraArgs={"ContentType": "text/x"})
fetched = s3.Object(bucket, "boto/a key+b.bin").get()
signed = boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "boto/a key+b.bin"})

table = boto3.resource("dynamodb").Table(operator["tableName"])
queue = boto3.resource("sqs").Queue(operator["queueUrl"])
sent = queue.send_message(MessageBody='{"arguments": {}}', MessageGroupId="boto")
cloudwatch = boto3.client("cloudwatch")
alarms = [alarm for page in cloudwatch.get_paginator("describe_alarms").paginate() for alarm in page["MetricAlarms"]]
topic = boto3.resource("sns").Topic(boto3.client("sns").list_topics()["Topics"][0]["TopicArn"])

print(
    json.dumps(
        {
            "body": len(fetched["Body"].read()),
            "contentType": fetched["ContentType"],
            "listed": [each.key for each in s3.Bucket(bucket).objects.filter(Prefix="boto/")],
            "signed": len(urllib.request.urlopen(signed).read()),
            "gate": "holders" in table.get_item(Key={"poolName": "jobs", "entry": "gate"})["Item"],
            "sent": len(sent["MessageId"]),
            "alarms": len(alarms),
            "published": len(topic.publish(Message="ü <&>", Subject="s")["MessageId"]),
            "functions": len(boto3.client("lambda").list_functions()["Functions"]),
            "noFunction": code_of(boto3.client("lambda").get_function, FunctionName="none"),
            "noBucket": code_of(boto3.client("s3").list_objects_v2, Bucket="none"),
            "noTopic": code_of(boto3.client("sns").publish, TopicArn="none", Message="m"),
            "noRole": code_of(boto3.client("iam").get_role, RoleName="none"),
            "noQueue": code_of(boto3.client("sqs").get_queue_url, QueueName="none"),
            "lacking": code_of(cloudwatch.list_dashboards),
        }
    )
)

"""The job of the example: counts the lines of an uploaded file.

With --dry-run it only says which: python3 count.py --bucket uploads --key in/orders.csv --dry-run
"""
import argparse

parser = argparse.ArgumentParser(description="Counts the lines of a file in S3.", allow_abbrev=False)
parser.add_argument("--bucket", required=True)
parser.add_argument("--key", required=True)
parser.add_argument("--sequencer", help="tells two uploads of one file apart; nothing else is done with it")
parser.add_argument("--dry-run", action="store_true")
# Glue hands over arguments of its own besides the message's.
arguments, _ = parser.parse_known_args()

if arguments.dry_run:
    print(f"would count s3://{arguments.bucket}/{arguments.key}")
else:
    # Glue has it; a laptop may not.
    import boto3

    body = boto3.client("s3").get_object(Bucket=arguments.bucket, Key=arguments.key)["Body"]
    print(f"{arguments.key}: {sum(1 for _ in body.iter_lines())} lines")

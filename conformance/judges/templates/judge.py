"""Lints CloudFormation templates with cfn-lint.

Reads {"templates": [{"title", "region", "template"}]}, prints [{"title", "rule", "path", "message"}].
"""

import json
import sys

from cfnlint.api import ManualArgs, lint

found = []
for each in json.load(sys.stdin)["templates"]:
    config = ManualArgs(regions=[each["region"]])
    for match in lint(json.dumps(each["template"]), config=config):
        path = "/".join(str(part) for part in match.path or [])
        found.append({"title": each["title"], "rule": match.rule.id, "path": path, "message": match.message})
json.dump(found, sys.stdout)

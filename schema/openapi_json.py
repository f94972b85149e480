#!/usr/bin/env python3
"""Writes the description of the interface as JSON: schema/openapi.yaml, with the version put in.

usage: openapi_json.py VERSION < openapi.yaml > openapi.json

YAML takes what JSON has not (a name given twice, a name that is a number, a date): refused here.
"""

import json
import sys

import yaml


class Strict(yaml.SafeLoader):
    """Of a mapping each name is a text, and there once; a merged one (<<) may be overridden."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, value in node.value:
            name = key.value
            if value.value == "" and value.tag == "tag:yaml.org,2002:null":
                raise yaml.constructor.ConstructorError(
                    None, None, f"{name} has no value; a text with a comma wants quotes",
                    key.start_mark)
            if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
                raise yaml.constructor.ConstructorError(
                    None, None, f"put quotes around the name {name}", key.start_mark)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{name} is given twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def main():
    document = yaml.load(sys.stdin, Strict)
    document["info"]["version"] = sys.argv[1]
    json.dump(document, sys.stdout, ensure_ascii=False, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()

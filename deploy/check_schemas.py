#!/usr/bin/env python3
"""Judges the committed JSON Schemas and samples by a validator that shares no code with the suite.

Every schema must be valid by the meta-schemas of draft-07 and of 2020-12, since both are promised; every sample must
be valid by its schema in either, and every bad sample must not, but for what only a deployment's settings can tell.
"""

import json
import sys
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "Shared/Contracts/Schemas"
SAMPLES = ROOT / "Tests/ContractsTests/Samples"
DRAFTS = [jsonschema.Draft7Validator, jsonschema.Draft202012Validator]

# Which namespaces there are is a deployment's setting; which currencies there are changes, and a schema says their form.
BEYOND_SCHEMAS = {
    "identifier-namespace-unknown",
    "currency-unknown",
    # Which side a namespace names is the deployment's to say, and a schema of flat fields ties none to another.
    "actor-of-a-person",
    "relation-by-a-cookie",
    "relation-of-a-cookie",
    "relation-of-both",
    "relation-since-yesterday",
    "relation-to-a-person",
    "relation-with-both-sides",
    "relation-without-other-side",
}


def load(file: Path):
    return json.loads(file.read_text(encoding="utf-8"))


def main() -> int:
    faults = []
    schemas = {}
    for file in sorted(SCHEMAS.glob("*.schema.json")):
        schema = load(file)
        schemas[file.name.removesuffix(".schema.json")] = schema
        for draft in DRAFTS:
            try:
                # Without `$schema`, which would be taken before the draft that is asked for.
                draft.check_schema({k: v for k, v in schema.items() if k != "$schema"})
            except jsonschema.SchemaError as error:
                faults.append(f"{file.name}: {error.message}")
    for name, schema in schemas.items():
        sample = load(SAMPLES / f"{name}.json")
        for draft in DRAFTS:
            for error in draft(schema).iter_errors(sample):
                faults.append(f"{name}.json: {error.json_path}: {error.message}")
    bad = 0
    for file in sorted((SAMPLES / "Bad").glob("*.json")):
        case = load(file)
        if "data" not in case or file.stem in BEYOND_SCHEMAS:
            continue
        bad += 1
        for draft in DRAFTS:
            if draft(schemas[case["type"]]).is_valid(case["data"]):
                faults.append(f"Bad/{file.name}: its schema lets it pass")
    for fault in faults:
        print(fault, file=sys.stderr)
    if not schemas or not bad:
        print("no schemas or no samples found", file=sys.stderr)
        return 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

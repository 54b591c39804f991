"""Checks what compose.yaml and the Dockerfile promise of every container, beyond their being well formed."""

import re
import sys
from pathlib import Path

import yaml

root = Path(__file__).resolve().parent.parent
compose = yaml.safe_load((root / "deploy/compose.yaml").read_text())
dockerfile = (root / "deploy/Dockerfile").read_text()
# What is built for tests alone is in no image.
products = set(re.findall(r'\.executable\(name: "([a-z-]+)"', (root / "Package.swift").read_text())) - {"fault-sim"}
problems = []


def check(holds, problem):
    if not holds:
        problems.append(problem)


started = set()
for name, service in compose["services"].items():
    check(service.get("cap_drop") == ["ALL"], f"{name}: keeps capabilities")
    check("no-new-privileges:true" in service.get("security_opt", []), f"{name}: may gain privileges")
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    check({"cpus", "memory"} <= limits.keys(), f"{name}: has no limits")
    for port in service.get("ports", []):
        check(port.startswith("127.0.0.1:"), f"{name}: is open to the network at {port}")
    for other in service.get("depends_on", {}):
        check(other in compose["services"], f"{name}: waits for {other}, which does not exist")
    if service["image"] != "trias":
        continue
    executable = service["command"][0]
    started.add(executable)
    check(executable in products, f"{name}: runs {executable}, which Package.swift does not build")
    check(service.get("read_only") is True, f"{name}: can write to its root file system")
    check("trias-secret" in service.get("secrets", []), f"{name}: lacks the deployment's secret")
    check("TRIAS_SECRET" not in service["environment"], f"{name}: has a secret in its environment")
    if executable != "trias":
        check("healthcheck" in service, f"{name}: has no health check")
        check(executable == name, f"{name}: runs {executable}; a container is called like its executable")

# Settings that an executable does not know would end it at its start.
def settings(path):
    text = "".join(file.read_text() for file in sorted((root / path).rglob("*.swift")))
    return set(re.findall(r'\b(?:Setting|ServiceOption)\(\s*"([a-z-]+)"', text))


for name, service in compose["services"].items():
    folder = "".join(part.capitalize() for part in name.split("-"))
    known = settings("Shared/Host") | settings(f"Services/{folder}")
    for variable in service["environment"]:
        setting = re.sub(r"^trias-|-file$", "", variable.lower().replace("_", "-"))
        is_ours = variable.startswith("TRIAS_") and not variable.startswith("TRIAS_KAFKA_")
        check(not is_ours or setting in known, f"{name}: {variable} is no setting of it")

check(started == products, f"in compose.yaml runs {sorted(started)}, Package.swift builds {sorted(products)}")
copied = set(re.search(r"for name in ([a-z -]+);", dockerfile).group(1).split())
check(copied == products, f"the image has {sorted(copied)}, Package.swift builds {sorted(products)}")
user = re.findall(r"^USER (\S+)", dockerfile, re.MULTILINE)
check(user and re.fullmatch(r"[1-9]\d*:[1-9]\d*", user[-1]), "the image does not end as a numeric user other than root")

for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)

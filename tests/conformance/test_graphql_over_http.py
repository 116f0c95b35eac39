"""GraphQL over HTTP as graphql-http audits it, against the gateway's own process."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from tests.e2e.conftest import run_gateway
from tests.needs import need
from tests.stack import Stack

HERE = Path(__file__).parent


def test_every_audit_passes(tmp_path: Path) -> None:
    node = shutil.which("node")
    need(node, "Node")
    need((HERE / "node_modules/graphql-http").exists(), "graphql-http: npm ci --prefix tests/conformance")
    # The audits ask for nothing that a service has to answer.
    with run_gateway(Stack(tmp_path, {}), "", tmp_path / "log") as gateway:
        done = subprocess.run(
            [str(node), "graphql_over_http.mjs", gateway.url],
            cwd=HERE,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert [result for result in results if result["status"] != "ok"] == []
    levels = Counter(result["name"].split()[0] for result in results)
    assert levels == {"MUST": 13, "SHOULD": 23, "MAY": 25}

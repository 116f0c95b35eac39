"""The balancer's settings, as a real nginx reads them: as they are, and behind another proxy."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.needs import need

CONF = Path(__file__).parents[2] / "deploy" / "nginx" / "nginx.conf"


def behind_another_proxy(text: str) -> str:
    """Do what the file's head says."""
    return re.sub(r"(?m)^.*\$scheme;\n|#:(?!`)(?=\w)", "", text)


@pytest.mark.parametrize("another", [False, True])
def test_nginx_takes_them(another: bool, tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    need(nginx, "nginx")
    assert nginx is not None
    text = CONF.read_text()
    if another:
        text = behind_another_proxy(text)
        assert "\n            real_ip_header X-Forwarded-For;" in text
        assert "$scheme" not in text
    file = tmp_path / "nginx.conf"
    file.write_text(text.replace("/tmp/", f"{tmp_path}/"))
    done = subprocess.run([nginx, "-t", "-c", str(file)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

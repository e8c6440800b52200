# SPDX-License-Identifier: MIT
"""The real Zipkin, Jaeger and OpenTelemetry Collector, on free ports of loopback, as install.sh put them there."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import otlp
import zipkin

HOME = pathlib.Path(os.environ.get("SPANLOOM_INTEROP_HOME")
                    or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "spanloom-interop")
READY_S = 90
READ_S = 30

# No proxy, whatever the environment says.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url):
    """The status and the body; (0, b"") while nobody answers."""
    try:
        with _opener.open(url, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Peer:
    """Started by `with`, ended at its end; its output is in `log`."""
    name: str
    ports_wanted: int

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="spanloom-interop-")
        self.log = pathlib.Path(self.folder.name) / "log"
        self.ports = _free_ports(self.ports_wanted)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command(), env=dict(os.environ, **self.environment()), stdout=log,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            self._await_ready()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.folder.cleanup()

    def _await_ready(self):
        end = time.monotonic() + READY_S
        while not 0 < get(self.ready_url())[0] < 500:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.1)

    def environment(self):
        return {}

    def read(self, trace_id, count):
        """What the peer has of the trace once it has `count` spans, or after a while; peers store as they find time."""
        end = time.monotonic() + READ_S
        while True:
            found = self.read_now(trace_id)
            if len(found) >= count or time.monotonic() > end:
                return found
            time.sleep(0.1)


class Zipkin(Peer):
    name, ports_wanted = "zipkin", 1
    program = HOME / "bin" / "zipkin.jar"
    forms = {"zipkin": lambda self: f"http://127.0.0.1:{self.ports[0]}/api/v2/spans"}

    def command(self):
        return ["java", "-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar",
                str(self.program), "--armeria.ports[0].address=127.0.0.1",
                f"--armeria.ports[0].port={self.ports[0]}", "--armeria.ports[0].protocols[0]=http"]

    def environment(self):
        return {"STORAGE_TYPE": "mem", "QUERY_PORT": str(self.ports[0])}

    def ready_url(self):
        return f"http://127.0.0.1:{self.ports[0]}/health"

    def read_now(self, trace_id):
        status, body = get(f"http://127.0.0.1:{self.ports[0]}/api/v2/trace/{trace_id}")
        return zipkin.read(json.loads(body)) if status == 200 else []


def _in_order(span):
    """Jaeger's events in order of time, which is not the order it gives them in, and its warnings in a field."""
    events = {path[1]: value for path, value in span.items() if path[0] == "event" and path[2] == "time"}
    place = {old: new for new, old in enumerate(sorted(events, key=events.get))}
    fields = {("event", place[path[1]], *path[2:]) if path[0] == "event" else path: value
              for path, value in span.items()}
    _, warnings = fields.pop(("attribute", "@jaeger@warnings"), ("array", []))
    fields["warnings"] = sorted(re.split("[;,]", warning)[0] for _, warning in warnings)
    return fields


class Jaeger(Peer):
    name, ports_wanted = "jaeger", 8
    program = HOME / "bin" / "jaeger-all-in-one"
    forms = {
        "otlp/json": lambda self: f"http://127.0.0.1:{self.ports[1]}/v1/traces",
        "otlp/grpc": lambda self: f"http://127.0.0.1:{self.ports[2]}",
        "zipkin": lambda self: f"http://127.0.0.1:{self.ports[3]}/api/v2/spans",
    }

    def command(self):
        flags = ["query.http-server.host-port", "collector.otlp.http.host-port", "collector.otlp.grpc.host-port",
                 "collector.zipkin.host-port", "query.grpc-server.host-port", "admin.http.host-port",
                 "collector.http-server.host-port", "collector.grpc-server.host-port"]
        return [str(self.program), "--collector.otlp.enabled=true", "--memory.max-traces=1000",
                *(f"--{flag}=127.0.0.1:{port}" for flag, port in zip(flags, self.ports))]

    def environment(self):
        return {"SPAN_STORAGE_TYPE": "memory"}

    def ready_url(self):
        return f"http://127.0.0.1:{self.ports[0]}/api/services"

    def read_now(self, trace_id):
        status, body = get(f"http://127.0.0.1:{self.ports[0]}/api/v3/traces/{trace_id}")
        return [_in_order(span) for span in otlp.spans_of(json.loads(body)["result"], trace_id)] if status == 200 else []


class Collector(Peer):
    name, ports_wanted = "otelcol", 3
    program = HOME / "bin" / "otelcol"
    forms = {
        "otlp/json": lambda self: f"http://127.0.0.1:{self.ports[0]}/v1/traces",
        "otlp/grpc": lambda self: f"http://127.0.0.1:{self.ports[1]}",
        "zipkin": lambda self: f"http://127.0.0.1:{self.ports[2]}/api/v2/spans",
    }

    def command(self):
        folder = pathlib.Path(self.folder.name)
        self.out, self.logs = folder / "spans.jsonl", folder / "logs.jsonl"
        self.out.touch()
        self.logs.touch()
        config = {
            "receivers": {
                "otlp": {"protocols": {"http": {"endpoint": f"127.0.0.1:{self.ports[0]}"},
                                       "grpc": {"endpoint": f"127.0.0.1:{self.ports[1]}"}}},
                "zipkin": {"endpoint": f"127.0.0.1:{self.ports[2]}"},
            },
            "exporters": {"file": {"path": str(self.out)}, "file/logs": {"path": str(self.logs)}},
            "service": {
                "telemetry": {"metrics": {"level": "none"}},
                "pipelines": {"traces": {"receivers": ["otlp", "zipkin"], "exporters": ["file"]},
                              "logs": {"receivers": ["otlp"], "exporters": ["file/logs"]}},
            },
        }
        (folder / "config.yaml").write_text(json.dumps(config))  # YAML is a superset of JSON
        return [str(self.program), "--config", str(folder / "config.yaml")]

    def ready_url(self):
        return f"http://127.0.0.1:{self.ports[0]}/"

    def read_now(self, trace_id):
        lines = self.out.read_bytes().split(b"\n")[:-1]
        return [span for line in lines for span in otlp.spans_of(json.loads(line), trace_id)]

    def base(self, over_http):
        """The endpoint of all signals."""
        return f"http://127.0.0.1:{self.ports[0 if over_http else 1]}"

    def read_logs(self, base, count):
        """The records that happened within a millisecond from `base`, by their time, once there are `count`."""
        end = time.monotonic() + READ_S
        while True:
            lines = self.logs.read_bytes().split(b"\n")[:-1]
            found = {when: record for line in lines for when, record in otlp.logs_of(json.loads(line))
                     if 0 <= when - base < 1_000_000}
            if len(found) >= count or time.monotonic() > end:
                return found
            time.sleep(0.1)


PEERS = {peer.name: peer for peer in (Zipkin, Jaeger, Collector)}

"""A small real web service and load script, for tests that measure: it can be told to be slow, unwell, or to end."""

import socket
import sys
from pathlib import Path

import psutil

from perfweek.target import Target, load_target
from perfweek.week import Week

SERVICE = """
import http.server, json, os, subprocess, sys, time
port, told = int(sys.argv[1]), dict(word.split("=", 1) for word in sys.argv[2:])
answered = 0

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global answered
        answered += self.path != "/healthz"
        if answered > int(told.get("requests", 1_000_000)):
            print("out of memory, giving up", flush=True)
            os._exit(3)
        time.sleep(float(told.get("slow_s", 0)))
        healthy = self.path != "/healthz" or "unwell" not in told
        self.send_response(200 if healthy and not self.path.startswith("/broken") else 503)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
        if "log" in told:
            with open(told["log"], "a") as log:
                log.write(json.dumps({"time": time.time(), "route": self.path}) + "\\n")

    def log_message(self, *words):
        pass

if "child" in told:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", told["child"]])
print("starting on", port, flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""

SCRIPT = """
import exec from 'k6/execution';
import http from 'k6/http';
export const options = {
  scenarios: { small: {
    executor: 'ramping-arrival-rate', startRate: 0, timeUnit: '1s', preAllocatedVUs: 10, maxVUs: 20,
    stages: [{ duration: '500ms', target: 40 }, { duration: '2s', target: 40 }, { duration: '500ms', target: 0 }],
  } },
  thresholds: { http_req_duration: [`p(95)<${__ENV.BUDGET_MS}`] },
};
export default function () {
  if (exec.scenario.iterationInTest === 0) console.info(`scenario started at ${exec.scenario.startTime}`);
  http.get(`${__ENV.BASE_URL}/items/${exec.scenario.iterationInTest}`, { tags: { name: 'GET /items/{id}' } });
}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_target(folder: Path, told: str = "", service: str = "", rest: str = "") -> Target:
    """A target in `folder` whose service is started with the words `told`; further keys of [service] and further sections as TOML."""
    port = free_port()
    (folder / "service.py").write_text(SERVICE)
    (folder / "load.js").write_text(SCRIPT)
    start = f'start = "{{python}} service.py {port} {told}"' if "start =" not in service and "process =" not in service else ""
    load = '[load]\nscript = "load.js"\nrate = 40\n' if "[load]" not in rest else ""
    (folder / "target.toml").write_text(f'[service]\nname = "small"\nurl = "http://127.0.0.1:{port}"\n{start}\n{service}\n{load}{rest}')
    return load_target(str(folder / "target.toml"))


def week_of(target: Target) -> Week:
    return Week.open("2026-W48", target.weeks)


def processes_with(text: str) -> list[int]:
    """The pids whose command line holds `text`, this process and its parents aside."""
    own = {psutil.Process().pid, *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if process.pid not in own and text in " ".join(process.info["cmdline"] or ()) and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def python_program(folder: Path, name: str, code: str) -> Path:
    """An executable file that runs `code` with this Python."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{code}\n")
    path.chmod(0o755)
    return path

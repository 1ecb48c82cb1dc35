"""k6 run for real: what is read of its raw results is what its own summary says, to the digits it prints."""

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from perfweek.load.k6 import find_k6
from perfweek.load.reading.look import look_at

SCRIPT = """
import http from 'k6/http'; import { check } from 'k6'; import { Trend } from 'k6/metrics';
const own = new Trend('own', true);
export const options = {
  scenarios: { a: { executor: 'shared-iterations', vus: 2, iterations: 300, tags: { x: '1', y: '2', z: '3' } } },
  thresholds: { 'http_req_duration{name:item}': ['p(95)<5000'], 'http_req_duration{status:0}': ['p(95)<5000'] },
  summaryTrendStats: ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'count'],
};
export default function () {
  const answer = http.get(`${__ENV.URL}/${__ITER}`, { tags: { name: __ITER % 3 ? 'item' : 'list, "all"' } });
  check(answer, { 'is 200, or\\n"OK"': (got) => got.status === 200 });
  own.add(Math.random() * 10);
  if (__ITER % 20 == 0) http.get('http://127.0.0.1:9/');
}
"""


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("k6")
    (folder / "script.js").write_text(SCRIPT)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        outputs = ["--out", "csv=fileName=a.csv.gz,timeFormat=unix_nano", "--out", "json=b.json", "--summary-export", "a_summary.json"]
        command = [find_k6().path, "run", "-q", "--no-usage-report", "-e", f"URL=http://127.0.0.1:{server.server_port}", *outputs, "script.js"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=60)
        server.shutdown()
    (folder / "b_summary.json").write_bytes((folder / "a_summary.json").read_bytes())
    return folder


@pytest.mark.parametrize("file", ["a.csv.gz", "b.json"])
def test_every_figure_of_k6s_summary_comes_from_the_raw_results_too(run, file):
    look = look_at([run / file])
    compared = {(one.metric, one.statistic) for one in look.audit.comparisons}
    assert {("http_req_duration", "p(99.9)"), ("http_req_duration{name:item}", "p(95)"), ("checks", "passes"), ("iterations", "count")} <= compared
    assert [one for one in look.audit.comparisons if not one.same] == []
    assert len(compared) >= 30


@pytest.mark.parametrize("file", ["a.csv.gz", "b.json"])
def test_nothing_of_a_run_is_lost(run, file):
    look = look_at([run / file])
    assert (look.audit.lost, look.audit.iterations, look.audit.refused) == (0, 300, look.audit.requests - 300)
    assert {one.name: one.n for one in look.endpoints}.keys() == {"item", 'list, "all"', "http://127.0.0.1:9/"}
    assert (look.audit.parts_differ, look.audit.without_parts) == (0, 0)

"""A service that pushes is profiled under load without a server."""

from concurrent.futures import ThreadPoolExecutor

from small_service import week_of, write_target

from perfweek.profiling.pyroscope.measure import measure_pushed
from perfweek.profiling.pyroscope.sentences import pyroscope_note, pyroscope_sentence
from perfweek.profiling.pyroscope.study import read_pyroscope

PUSHING = """
import http.server, os, sys
import pyroscope

def hot_function():
    total = 0
    for number in range(150_000):
        total += number * number
    return total

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/healthz":
            with pyroscope.tag_wrapper({"endpoint": "GET /items/{id}"}):
                hot_function()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass

if "silent" not in sys.argv:
    address, seconds = os.environ["PYROSCOPE_SERVER_ADDRESS"], int(os.environ["PYROSCOPE_UPLOAD_INTERVAL"])
    pyroscope.configure(application_name="small", server_address=address, upload_interval=seconds)
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def profile_of(folder, told):
    folder.mkdir()
    target = write_target(folder, told)
    (folder / "service.py").write_text(PUSHING)
    week = week_of(target)
    return read_pyroscope(week, measure_pushed(week, target, target.service.start, seconds=3))


def test_a_service_that_pushes_is_profiled_under_load_without_a_server_and_one_that_does_not_is_told(tmp_path):
    with ThreadPoolExecutor() as pool:
        pushing, silent = pool.map(lambda told: profile_of(tmp_path / told, told), ("loud", "silent"))
    assert pyroscope_sentence(pushing).startswith("Most CPU is used in `hot_function (service.py)`")
    assert "of the endpoints `GET /items/{id}` uses most" in pyroscope_sentence(pushing)
    assert pyroscope_note(pushing).startswith("Pushed by the service to perfweek's receiver (")
    assert pushing.functions[0].own.value > 0.6
    assert pushing.used_s > 0
    assert pyroscope_sentence(silent).startswith("No continuous profile: the service pushed no profile. It must call pyroscope.configure")

"""rsyslog and syslog-ng as processes of their own, each with a file of numbered lines as input."""

import os
import pathlib
import signal
import subprocess

RSYSLOG = """
module(load="imfile")
module(load="omelasticsearch")
global(workDirectory="{directory}")
main_queue(queue.type="LinkedList" queue.size="{size}" queue.dequeueBatchSize="500" queue.timeoutEnqueue="600000")
template(name="index" type="string" string="rsyslog")
template(name="document" type="list" option.json="on") {{
  constant(value="{{\\"@timestamp\\":\\"")
  property(name="timereported" dateFormat="rfc3339")
  constant(value="\\",\\"host\\":\\"")
  property(name="hostname")
  constant(value="\\",\\"number\\":")
  property(name="msg" regex.expression="[0-9]+$" regex.type="ERE" regex.match="0")
  constant(value="}}")
}}
input(type="imfile" file="{directory}/input" tag="formats" ruleset="send")
ruleset(name="send") {{
  action(type="omelasticsearch" server="http://127.0.0.1:{port}/insert/elasticsearch" bulkmode="on"
    template="document" searchIndex="index" dynSearchIndex="on" searchType=""
    action.resumeRetryCount="-1" action.resumeInterval="1" action.resumeIntervalMax="1" healthchecktimeout="3500")
}}
"""

SYSLOG_NG = """
@version: 3.38
options {{ time-reopen(1); stats-freq(0); }};
source lines {{ file("{directory}/input" follow-freq(1) flags(no-parse) log-fetch-limit(500)); }};
destination sluice {{
  http(url("http://127.0.0.1:{port}/insert/elasticsearch/_bulk") method("POST")
    headers("Content-Type: application/x-ndjson") batch-lines(500) batch-timeout(1000) retries(1000000)
    workers(1) log-fifo-size(2000) timeout(30)
    body("{{\\"create\\":{{\\"_index\\":\\"syslog-ng\\"}}}}\\n{{\\"@timestamp\\":\\"2026-01-02T03:04:05Z\\",\\"number\\":$MESSAGE}}")
    body-suffix("\\n") delimiter("\\n"));
}};
log {{ source(lines); destination(sluice); flags(flow-control); }};
"""


class Daemon:
    """A log daemon that reads a file and sends to Sluice."""

    def __init__(self, root: pathlib.Path, directory: pathlib.Path, port: int, count: int):
        directory.mkdir(parents=True)
        self.directory = directory
        (directory / "input").write_text("".join(f"{number}\n" for number in range(count)))
        text = self.CONFIGURATION.format(directory=directory, port=port, size=count + 1_000)
        (directory / "configuration").write_text(text)
        libraries = ":".join(sorted({str(path.parent) for path in root.rglob("lib*.so*")}))
        self.log = open(directory / "log", "wb")
        self.process = subprocess.Popen(
            self.command(root), env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=self.log, stderr=subprocess.STDOUT)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Rsyslog(Daemon):
    CONFIGURATION = RSYSLOG

    def command(self, root: pathlib.Path) -> list[str]:
        modules = next((root / "usr/lib").glob("*-linux-gnu/rsyslog"))
        return [f"{root}/usr/sbin/rsyslogd", "-n", "-f", f"{self.directory}/configuration",
                "-i", f"{self.directory}/pid", "-M", str(modules)]


class SyslogNG(Daemon):
    CONFIGURATION = SYSLOG_NG

    def command(self, root: pathlib.Path) -> list[str]:
        modules = next((root / "usr/lib/syslog-ng").glob("[0-9]*"))
        return [f"{root}/usr/sbin/syslog-ng", "-F", "--no-caps", "-f", f"{self.directory}/configuration",
                "-R", f"{self.directory}/persist", "-c", f"{self.directory}/control", "-p", f"{self.directory}/pid",
                "--module-path", str(modules)]
